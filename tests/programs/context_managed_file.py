# expect: file out.png
import matplotlib.pyplot as plt

plt.stackplot([1, 2, 3], [1, 2, 3], [3, 2, 1], labels=["p", "q"])
with open("out.png", "wb") as f:
    plt.savefig(f, format="png")
