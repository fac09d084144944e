import matplotlib.pyplot as plt

crafts = ["Carpenter", "Baker", "Plumber", "Nurse", "Welder", "Gardener"]
before = [31.5, 27.0, 33.8, 35.2, 30.4, 24.9]
after = [38.0, 30.6, 41.9, 43.7, 36.1, 29.3]
fig, ax = plt.subplots(figsize=(7.2, 4))
ax.hlines(range(6), before, after, color="0.7", lw=3, zorder=1)
ax.scatter(before, range(6), s=90, color="#bc5090", label="2012", zorder=2)
ax.scatter(after, range(6), s=90, color="#003f5c", label="2022", zorder=2)
ax.set_yticks(range(6), crafts)
ax.set_xlabel("Mean yearly pay (thousand)")
ax.set_xlim(22, 46)
ax.legend(loc="lower right")
ax.set_title("Pay in six trades")
plt.tight_layout()
plt.show()
