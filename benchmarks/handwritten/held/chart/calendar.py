import numpy as np
import matplotlib.pyplot as plt

rng = np.random.default_rng(77)
visits = rng.poisson(8, (7, 20)) + np.array([0, 1, 1, 2, 4, 9, 7])[:, None]
fig, ax = plt.subplots(figsize=(9, 3.2))
mesh = ax.pcolormesh(visits, cmap="YlGn", edgecolors="white", linewidth=1.5, vmin=0, vmax=25)
ax.invert_yaxis()
ax.set_yticks(np.arange(7) + 0.5, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
ax.set_xlabel("Week")
ax.set_aspect("equal")
fig.colorbar(mesh, label="visits", shrink=0.8)
ax.set_title("Visits to the reading room")
plt.show()
