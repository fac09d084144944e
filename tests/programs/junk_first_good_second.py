# expect: same base
# warns: 2 pictures saved
import matplotlib.pyplot as plt

plt.pie([1, 2])
plt.savefig("one.png")
plt.figure()
plt.plot([1, 3, 2, 5], label="a")
plt.title("Sales")
plt.legend()
plt.savefig("two.png", dpi=80)
