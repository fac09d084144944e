import numpy as np
import matplotlib.pyplot as plt

wines = {"Riesling": [0.3, 0.9, 0.2, 0.5], "Merlot": [0.7, 0.3, 0.8, 0.6], "Malbec": [0.85, 0.4, 0.95, 0.4],
         "Silvaner": [0.35, 0.6, 0.1, 0.3], "Syrah": [0.8, 0.25, 0.7, 0.9]}
fig, ax = plt.subplots(figsize=(7.4, 4.2))
for number, (name, values) in enumerate(wines.items()):
    ax.plot(range(4), values, "-s", color=f"C{number}", label=name)
for x in range(4):
    ax.axvline(x, color="k", lw=0.8)
ax.set_xticks(range(4), ["Body", "Acidity", "Tannin", "Spice"])
ax.set_xlim(0, 3)
ax.set_ylim(0, 1)
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
fig.tight_layout()
plt.show()
