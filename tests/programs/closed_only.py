# expect: same base_default
# warns: closed or cleared
import matplotlib.pyplot as plt

plt.plot([1, 3, 2, 5], label="a")
plt.title("Sales")
plt.legend()
plt.close("all")
