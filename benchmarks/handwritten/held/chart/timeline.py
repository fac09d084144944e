import matplotlib.pyplot as plt

events = [(1871, "Founded", 1), (1893, "First bridge", -1), (1924, "New harbour", 1.6),
          (1951, "Airport", -1.4), (1978, "Metro", 1), (2009, "Ring road", -1)]
fig, ax = plt.subplots(figsize=(9, 3.6))
ax.axhline(0, color="black", lw=2)
for year, name, height in events:
    ax.vlines(year, 0, height, color="#9d0208", lw=1.5)
    ax.plot(year, 0, "o", color="white", mec="#9d0208", ms=9)
    ax.text(year, height + (0.15 if height > 0 else -0.35), f"{name}\n{year}", ha="center", va="bottom" if height > 0 else "center")
ax.set_ylim(-2.4, 2.8)
ax.set_xlim(1860, 2022)
ax.yaxis.set_visible(False)
for side in ("left", "top", "right"):
    ax.spines[side].set_visible(False)
plt.show()
