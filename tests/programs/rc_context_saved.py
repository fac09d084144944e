# expect: file out.png
import matplotlib.pyplot as plt

with plt.style.context("dark_background"):
    plt.plot([1, 2, 1])
    plt.savefig("out.png")
