# expect: same base_default
# warns: 2 pictures shown
import matplotlib.pyplot as plt

plt.bar([1, 2], [3, 4])
plt.show()
plt.plot([1, 3, 2, 5], label="a")
plt.title("Sales")
plt.legend()
plt.show()
