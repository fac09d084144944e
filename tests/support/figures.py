"""Pictures of Matplotlib figures, drawn in this process, and what differs in them."""

import matplotlib.pyplot as plt
import numpy as np

from visual_erm.judges.chart import differ, see


def pixels(fig):
    """`(H, W, 3)` uint8; the figure is closed."""
    fig.canvas.draw()
    picture = np.asarray(fig.canvas.buffer_rgba())[..., :3].copy()
    plt.close(fig)
    return picture


def errors(reader, reference, candidate):
    """What the rules of charts say of two pictures, before any doubt."""
    scene = see(reference, reader)
    return differ(scene, see(candidate, reader, scene))
