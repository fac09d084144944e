# expect: file out.png
import matplotlib.pyplot as plt

with plt.xkcd():
    fig, ax = plt.subplots()
    ax.plot([0, 1, 0])
    fig.savefig("out.png")
