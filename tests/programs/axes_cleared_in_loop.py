# expect: file frame2.png
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
for i in range(3):
    ax.clear()
    ax.bar([0, 1], [i + 1, 2])
    fig.savefig(f"frame{i}.png")
