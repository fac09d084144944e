import numpy as np
import matplotlib.pyplot as plt
from statistics import NormalDist

rng = np.random.default_rng(64)
sample = np.sort(rng.standard_t(4, 60))
theory = [NormalDist().inv_cdf((k + 0.5) / 60) for k in range(60)]
fig, ax = plt.subplots(figsize=(5, 5))
ax.plot(theory, sample, "x", color="#6a040f", ms=6)
ax.plot([-3, 3], [-3, 3], color="#0096c7", lw=1.5)
ax.set_xlabel("Normal quantiles")
ax.set_ylabel("Sample quantiles")
ax.set_title("Residuals against the normal law")
ax.set_xlim(-3, 3)
ax.set_ylim(-3.5, 3.5)
ax.grid(True, color="0.9")
plt.show()
