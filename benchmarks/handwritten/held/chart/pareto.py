import numpy as np
import matplotlib.pyplot as plt

faults = ["Scratch", "Dent", "Colour", "Gap", "Screw", "Label", "Other"]
count = np.array([118, 74, 41, 26, 15, 9, 7])
fig, ax = plt.subplots(figsize=(7.4, 4.4))
ax.bar(faults, count, color="#577590")
ax.set_ylabel("Number of faults")
right = ax.twinx()
right.plot(faults, 100 * count.cumsum() / count.sum(), "D-", color="#f3722c", ms=6)
right.axhline(80, color="0.5", ls=":")
right.set_ylim(0, 105)
right.set_ylabel("Cumulative share (%)")
ax.set_title("Faults of painted doors, May")
plt.show()
