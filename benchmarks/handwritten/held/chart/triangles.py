import numpy as np
import matplotlib.pyplot as plt

rng = np.random.default_rng(321)
x, y = rng.uniform(0, 10, (2, 60))
load = np.sin(x / 2) + np.cos(y / 3)
fig, ax = plt.subplots(figsize=(6.2, 5))
faces = ax.tripcolor(x, y, load, cmap="Spectral", edgecolors="k", linewidth=0.4)
ax.plot(x, y, "k.", ms=4)
fig.colorbar(faces, ax=ax)
ax.set_title("Load of the plate")
ax.set_xlabel("x (cm)")
ax.set_ylabel("y (cm)")
plt.show()
