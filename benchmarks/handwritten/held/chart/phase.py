import numpy as np
import matplotlib.pyplot as plt

x, y = np.meshgrid(np.linspace(0, 4, 13), np.linspace(0, 3, 11))
u = x * (1.2 - 0.8 * y)
v = y * (-0.9 + 0.5 * x)
fig, ax = plt.subplots(figsize=(6.4, 4.8))
ax.quiver(x, y, u, v, color="0.4", angles="xy")
ax.axhline(1.5, color="C0", lw=2, label="prey at rest")
ax.axvline(1.8, color="C3", lw=2, label="hunters at rest")
ax.plot(1.8, 1.5, "*", color="black", ms=15)
ax.set_xlabel("prey")
ax.set_ylabel("hunters")
ax.legend(loc="upper right", framealpha=1)
ax.set_title("Phase plane")
plt.show()
