# expect: file out.png
import matplotlib.pyplot as plt
import numpy as np
from mpl_toolkits.mplot3d import Axes3D

fig = plt.figure()
ax = fig.add_subplot(111, projection="3d")
x, y = np.meshgrid(np.linspace(-2, 2, 20), np.linspace(-2, 2, 20))
ax.plot_surface(x, y, np.exp(-(x**2) - y**2), cmap="viridis")
ax.view_init(40, 30)
fig.savefig("out.png", dpi=75)
