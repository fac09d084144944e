import matplotlib.pyplot as plt

hours = [8.2, 6.5, 3.1, 2.4, 3.8]
what = ["Sleep", "Work", "Family", "Travel", "Other"]
colours = ["#3b528b", "#21918c", "#5ec962", "#fde725", "#b5b5b5"]
fig, ax = plt.subplots(figsize=(5.6, 5.2))
ax.pie(hours, labels=what, colors=colours, startangle=90, counterclock=False,
       wedgeprops=dict(width=0.4, edgecolor="white", linewidth=2))
ax.text(0, 0, "24 h", ha="center", va="center", fontsize=22, weight="bold")
ax.set_title("How a weekday is spent")
plt.show()
