# expect: file out.png
import matplotlib.gridspec as gridspec
import matplotlib.pyplot as plt
import numpy as np

fig = plt.figure(figsize=(8, 6))
gs = gridspec.GridSpec(3, 3, figure=fig, height_ratios=[1, 2, 1])
ax1 = fig.add_subplot(gs[0, :])
ax2 = fig.add_subplot(gs[1, :-1])
ax3 = fig.add_subplot(gs[1:, -1], projection="polar")
ax4 = plt.subplot2grid((3, 3), (2, 0))
ax1.plot(np.sin(np.arange(30)))
ax2.imshow(np.arange(12).reshape(3, 4), aspect="auto")
ax3.plot(np.linspace(0, 6, 20), np.arange(20))
ax4.text(0.5, 0.5, "ax4", ha="center")
fig.colorbar(ax2.images[0], ax=ax2)
plt.tight_layout()
plt.savefig("out.png")
