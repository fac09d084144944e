import numpy as np
import matplotlib.pyplot as plt
rng = np.random.default_rng(40)
fig, axs = plt.subplots(1, 3, figsize=(10, 3.4), sharey=True)
for a, k, c in zip(axs, ['low', 'medium', 'high'], ['#4daf4a', '#377eb8', '#e41a1c']):
    m = {'low': 1, 'medium': 2, 'high': 4}[k]
    a.hist(rng.gamma(m, 2, 500), bins=20, color=c, edgecolor='black', linewidth=.4)
    a.set_title(f'exposure: {k}'); a.set_xlabel('response')
axs[0].set_ylabel('frequency')
plt.tight_layout(); plt.show()
