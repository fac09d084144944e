import numpy as np
import matplotlib.pyplot as plt

rng = np.random.default_rng(5150)
depth = rng.uniform(5, 60, 45)
temp = 18 - 0.18 * depth + rng.normal(0, 0.8, 45)
oxygen = 9 - 0.07 * depth + rng.normal(0, 0.5, 45)
fig, ax = plt.subplots(figsize=(6.6, 5))
dots = ax.scatter(temp, depth, c=oxygen, cmap="plasma", s=55, marker="o")
ax.invert_yaxis()
ax.xaxis.tick_top()
ax.xaxis.set_label_position("top")
ax.set_xlabel("Temperature (°C)")
ax.set_ylabel("Depth (m)")
fig.colorbar(dots, label="Oxygen (mg/L)", orientation="horizontal", pad=0.05)
plt.show()
