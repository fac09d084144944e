# expect: same base
import matplotlib.pyplot as plt

fig = plt.figure()
plt.plot([1, 3, 2, 5], label="a")
plt.title("Sales")
plt.legend()
plt.savefig("out.png", dpi=80)
plt.clf()
plt.cla()
plt.close(fig)
plt.close("all")
