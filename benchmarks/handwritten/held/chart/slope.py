import matplotlib.pyplot as plt

share = {"Trams": (22, 31), "Cars": (48, 37), "Walking": (19, 10), "Bicycles": (11, 22)}
fig, ax = plt.subplots(figsize=(5, 6))
for (name, (a, b)), colour in zip(share.items(), ["#1b9e77", "#d95f02", "#7570b3", "#e7298a"]):
    ax.plot([0, 1], [a, b], marker="o", lw=2.5, color=colour)
    ax.text(-0.06, a, f"{name} {a}", ha="right", va="center")
    ax.text(1.06, b, f"{b}", ha="left", va="center")
ax.set_xlim(-0.6, 1.3)
ax.set_ylim(0, 55)
ax.set_xticks([0, 1], ["1990", "2020"])
ax.set_yticks([])
for side in ("top", "right", "left"):
    ax.spines[side].set_visible(False)
ax.set_title("Trips by means, per cent")
plt.show()
