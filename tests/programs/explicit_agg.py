# expect: file out.png
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.scatter([1, 2, 3], [3, 1, 2], c=[1, 2, 3], s=200)
fig.savefig("out.png")
