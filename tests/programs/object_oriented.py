# expect: file charts/final.png
import os

import matplotlib.pyplot as plt
import numpy as np


class Report:
    def __init__(self, data):
        self.data = data
        self.fig, self.axes = plt.subplots(2, 2, figsize=(7, 5), constrained_layout=True)

    def draw(self):
        for ax, (name, values) in zip(self.axes.flat, self.data.items()):
            ax.plot(values, marker="o")
            ax.set_title(name)
        self.fig.suptitle("Report")
        return self

    def save(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.fig.savefig(
            path,
            dpi=123,
            bbox_inches="tight",
        )


if __name__ == "__main__":
    x = np.linspace(0, 6, 50)
    Report({"sin": np.sin(x), "cos": np.cos(x), "x": x, "x2": x**2}).draw().save("charts/final.png")
