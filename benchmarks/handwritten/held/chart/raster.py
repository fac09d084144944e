import numpy as np
import matplotlib.pyplot as plt

rng = np.random.default_rng(123)
trials = [np.sort(rng.uniform(0, 2, 18 + 3 * k)) for k in range(8)]
fig, (ax, below) = plt.subplots(2, 1, figsize=(7, 5), sharex=True, height_ratios=[3, 1])
ax.eventplot(trials, linelengths=0.8, colors="black")
ax.axvspan(0.8, 1.2, color="gold", alpha=0.4)
ax.set_ylabel("Trial")
ax.set_title("Cell 14, left electrode")
below.hist(np.concatenate(trials), bins=20, range=(0, 2), color="gray")
below.set_xlabel("Time (s)")
below.set_ylabel("Spikes")
fig.tight_layout()
plt.show()
