# expect: file plot_3.png
import matplotlib.pyplot as plt

for i in range(4):
    plt.figure(figsize=(4, 3))
    plt.plot(range(i + 2))
    plt.title(f"plot {i}")
    plt.savefig(f"plot_{i}.png")
    plt.close()
