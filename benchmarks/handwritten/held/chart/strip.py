import numpy as np
import matplotlib.pyplot as plt

rng = np.random.default_rng(2718)
soils = {"clay": (4.1, 0.5), "loam": (6.3, 0.8), "sand": (3.0, 0.6), "peat": (5.2, 1.0)}
fig, ax = plt.subplots(figsize=(6.6, 4.6))
ax.set_facecolor("#f5f0e6")
for at, (name, (mean, spread)) in enumerate(soils.items()):
    yields = rng.normal(mean, spread, 25)
    ax.scatter(at + rng.uniform(-0.15, 0.15, 25), yields, s=22, alpha=0.7, color="#606c38")
    ax.hlines(yields.mean(), at - 0.28, at + 0.28, color="#bc6c25", lw=3)
ax.set_xticks(range(4), soils)
ax.set_ylim(0, 9)
ax.set_ylabel("Yield (t/ha)")
ax.set_title("Rye on four soils")
plt.show()
