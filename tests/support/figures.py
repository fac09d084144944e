"""Pictures of Matplotlib figures, drawn in this process."""

import matplotlib.pyplot as plt
import numpy as np


def pixels(fig):
    """`(H, W, 3)` uint8; the figure is closed."""
    fig.canvas.draw()
    picture = np.asarray(fig.canvas.buffer_rgba())[..., :3].copy()
    plt.close(fig)
    return picture
