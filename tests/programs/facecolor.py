# expect: file out.png
import matplotlib.pyplot as plt

fig, ax = plt.subplots(facecolor="lightgrey")
ax.plot([1, 2])
fig.savefig("out.png", facecolor="#112233", edgecolor="red")
