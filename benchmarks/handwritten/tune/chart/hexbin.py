import numpy as np
import matplotlib.pyplot as plt
rng = np.random.default_rng(31)
x = rng.normal(size=4000); y = .5*x + rng.normal(scale=.8, size=4000)
fig, ax = plt.subplots(figsize=(6, 5))
hb = ax.hexbin(x, y, gridsize=25, cmap='inferno')
cb = fig.colorbar(hb); cb.set_label('counts')
ax.set(xlabel='x', ylabel='y', title='Hexagonal binning')
plt.show()
