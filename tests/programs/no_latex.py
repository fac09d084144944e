# expect: drawn
# warns: usetex
import matplotlib.pyplot as plt

plt.rcParams["text.usetex"] = True
plt.plot([1, 2], label=r"$\alpha_1$")
plt.xlabel(r"$\frac{x}{y}$")
plt.legend()
plt.savefig("out.png")
