import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

tiles = [("Wheat", 0, 0, 46, 60, "#e9c46a"), ("Barley", 0, 60, 46, 40, "#f4a261"),
         ("Maize", 46, 45, 54, 55, "#2a9d8f"), ("Rye", 46, 0, 26, 45, "#8ab17d"),
         ("Oats", 72, 18, 28, 27, "#e76f51"), ("Spelt", 72, 0, 28, 18, "#b5838d")]
fig, ax = plt.subplots(figsize=(6.4, 4.8))
for name, x, y, w, h, colour in tiles:
    ax.add_patch(Rectangle((x, y), w, h, facecolor=colour, edgecolor="white", lw=3))
    ax.text(x + w / 2, y + h / 2, name, ha="center", va="center", fontsize=13)
ax.set_xlim(0, 100)
ax.set_ylim(0, 100)
ax.axis("off")
ax.set_title("Acreage of cereals")
plt.show()
