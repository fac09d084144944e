import numpy as np
import matplotlib.pyplot as plt

weights = [50.2, 49.8, 50.5, 50.1, 49.6, 50.3, 49.9, 51.9, 50.2, 49.7, 50.4, 50.0, 49.5, 50.1, 48.1, 50.3]
fig, ax = plt.subplots(figsize=(8, 3.8))
ax.plot(range(1, 17), weights, "-o", color="#1d3557", ms=5)
ax.plot([8, 15], [51.9, 48.1], "o", mfc="none", mec="red", ms=14, mew=2)
ax.axhline(50, color="green")
for limit in (48.5, 51.5):
    ax.axhline(limit, color="red", ls="-.")
ax.text(16.3, 51.5, "UCL", color="red", va="center")
ax.text(16.3, 48.5, "LCL", color="red", va="center")
ax.set_xlabel("Sample")
ax.set_ylabel("Weight (g)")
ax.set_title("Control chart, filler no. 3")
plt.show()
