import numpy as np
import matplotlib.pyplot as plt

studies = ["Abel 2004", "Brandt 2008", "Chen 2011", "Dahl 2013", "Egan 2017", "Pooled"]
ratio = np.array([0.82, 1.15, 0.67, 0.91, 0.74, 0.80])
low = np.array([0.55, 0.80, 0.48, 0.66, 0.59, 0.71])
high = np.array([1.22, 1.66, 0.93, 1.25, 0.92, 0.91])
rows = np.arange(6)[::-1]
fig, ax = plt.subplots(figsize=(7, 4))
ax.errorbar(ratio[:5], rows[:5], xerr=[(ratio - low)[:5], (high - ratio)[:5]], fmt="s", color="black", capsize=3)
ax.fill([low[5], ratio[5], high[5], ratio[5]], [0, 0.25, 0, -0.25], color="#0077b6")
ax.axvline(1, color="gray", ls="--")
ax.set_xscale("log")
ax.set_xticks([0.5, 0.7, 1, 1.5], ["0.5", "0.7", "1", "1.5"])
ax.minorticks_off()
ax.set_yticks(rows, studies)
ax.set_xlabel("Risk ratio (95% interval)")
plt.tight_layout()
plt.show()
