import numpy as np
import matplotlib.pyplot as plt
ep = np.arange(1, 61)
rng = np.random.default_rng(4)
tr = 2.2*np.exp(-ep/11)+0.04 + 0.01*rng.random(60)
va = 2.3*np.exp(-ep/13)+0.15 + 0.03*rng.random(60)
fig, ax = plt.subplots()
ax.plot(ep, tr, label='train loss', color='tab:blue')
ax.plot(ep, va, label='val loss', color='tab:orange', linestyle='--')
ax.set_yscale('log')
ax.set_xlabel('Epoch'); ax.set_ylabel('Cross-entropy')
ax.annotate('overfitting', xy=(42, va[41]), xytext=(30, 0.9), arrowprops=dict(arrowstyle='->'))
ax.legend(); ax.grid(True, which='both', alpha=0.3)
plt.savefig('loss.png')
