# expect: same base
import matplotlib.pyplot as plt

plt.plot([1, 3, 2, 5], label="a")
plt.title("Sales")
plt.legend()
plt.savefig("one.png", dpi=80)
plt.figure()
plt.savefig("two.png")
