import numpy as np
import matplotlib.pyplot as plt

x = np.linspace(0, 10, 200)
y = np.linspace(0, 6, 150)
X, Y = np.meshgrid(x, y)
Z = 120 + 90 * np.exp(-((X - 3) ** 2 / 4 + (Y - 2) ** 2)) + 60 * np.exp(-((X - 7.5) ** 2 / 3 + (Y - 4) ** 2 / 2))
fig, ax = plt.subplots(figsize=(7.5, 4.6))
lines = ax.contour(X, Y, Z, levels=[130, 145, 160, 175, 190, 205], colors="saddlebrown", linewidths=1.2)
ax.clabel(lines, fmt="%d", fontsize=9)
ax.plot([1, 4.8, 9], [5, 3.2, 1], "b--", lw=1.5)
ax.plot(3, 2, "k^", ms=9)
ax.annotate("Hochberg", (3, 2), xytext=(3.2, 2.2))
ax.set_xlabel("east (km)")
ax.set_ylabel("north (km)")
plt.show()
