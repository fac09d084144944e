# expect: file out.png
import matplotlib.pyplot as plt

plt.fill_between([0, 1, 2], [1, 3, 2], alpha=0.4)
plt.savefig("out.png", transparent=True)
