# expect: drawn
# warns: drawn at
import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.savefig("out.png", dpi=1200)
