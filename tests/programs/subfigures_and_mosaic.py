# expect: file out.png
import matplotlib.pyplot as plt

fig = plt.figure(layout="constrained", figsize=(8, 4))
left, right = fig.subfigures(1, 2, wspace=0.07)
left.suptitle("left")
for ax in left.subplots(2, 1, sharex=True):
    ax.plot([1, 2])
axes = right.subplot_mosaic("AB;CC")
axes["C"].bar(["x", "y"], [1, 2])
right.set_facecolor("0.9")
fig.savefig("out.png")
