import numpy as np
import matplotlib.pyplot as plt

angles = np.arange(0, 2 * np.pi, np.pi / 6)
calm = [3, 4, 2, 2, 1, 3, 5, 8, 9, 6, 4, 3]
strong = [2, 1, 1, 0.5, 0.5, 1, 3, 6, 8, 5, 2, 2]
fig, ax = plt.subplots(figsize=(5.6, 5.6), subplot_kw={"projection": "polar"})
ax.set_theta_zero_location("N")
ax.set_theta_direction(-1)
ax.bar(angles, calm, width=0.45, color="#8ecae6", edgecolor="white", label="below 5 m/s")
ax.bar(angles, strong, bottom=calm, width=0.45, color="#023047", edgecolor="white", label="above 5 m/s")
ax.set_xticks(np.arange(0, 2 * np.pi, np.pi / 2), ["N", "E", "S", "W"])
ax.legend(loc="lower right", bbox_to_anchor=(1.15, -0.1))
ax.set_title("Winds at Cape Horn Light")
plt.show()
