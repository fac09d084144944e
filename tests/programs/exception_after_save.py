# expect: same base
# warns: failed after
import matplotlib.pyplot as plt

plt.plot([1, 3, 2, 5], label="a")
plt.title("Sales")
plt.legend()
plt.savefig("out.png", dpi=80)
undefined_name
