import numpy as np
import matplotlib.pyplot as plt

counts = np.array([[4, 7, 3, 1], [2, 9, 6, 2], [1, 5, 8, 4]])
fig = plt.figure(figsize=(6.4, 5.2))
ax = fig.add_subplot(projection="3d")
for row, colour in enumerate(["#264653", "#e9c46a", "#e76f51"]):
    ax.bar3d(np.arange(4), np.full(4, row), np.zeros(4), 0.6, 0.6, counts[row], color=colour)
ax.set_xticks(np.arange(4) + 0.3, ["A", "B", "C", "D"])
ax.set_yticks(np.arange(3) + 0.3, ["2019", "2020", "2021"])
ax.set_zlabel("Number")
ax.view_init(elev=28, azim=-58)
ax.set_title("Grades in three years")
plt.show()
