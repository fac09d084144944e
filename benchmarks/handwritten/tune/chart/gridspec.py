import numpy as np
import matplotlib.pyplot as plt
from matplotlib.gridspec import GridSpec
rng = np.random.default_rng(14)
x = rng.normal(size=400); y = .6*x + rng.normal(0, .7, 400)
fig = plt.figure(figsize=(6.5, 6.5)); gs = GridSpec(4, 4, hspace=.08, wspace=.08)
ax = fig.add_subplot(gs[1:, :3]); top = fig.add_subplot(gs[0, :3], sharex=ax); right = fig.add_subplot(gs[1:, 3], sharey=ax)
ax.scatter(x, y, s=10, color='teal', alpha=.5)
top.hist(x, bins=30, color='teal'); right.hist(y, bins=30, orientation='horizontal', color='teal')
top.tick_params(labelbottom=False); right.tick_params(labelleft=False)
ax.set_xlabel('feature 1'); ax.set_ylabel('feature 2')
top.set_title('Joint distribution')
plt.show()
