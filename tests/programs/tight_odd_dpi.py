# expect: file out.png
import matplotlib.pyplot as plt

fig = plt.figure(figsize=(3.33, 2.71))
ax = fig.add_axes([0.2, 0.2, 0.6, 0.6])
ax.set_xlabel("a long label below")
ax.text(1.3, 0.5, "outside", transform=ax.transAxes)
plt.savefig("out.png", bbox_inches="tight", pad_inches=0.33, dpi=117)
