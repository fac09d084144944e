import numpy as np
import matplotlib.pyplot as plt
rng = np.random.default_rng(2)
fig, ax = plt.subplots(figsize=(6, 4.5))
for s, n in [(1.0, 'server 1'), (1.6, 'server 2'), (2.5, 'server 3')]:
    d = np.sort(rng.gamma(2, s*20, 300))
    ax.plot(d, np.arange(1, 301)/300, drawstyle='steps-post', label=n)
ax.axvline(100, ls=':', color='k')
ax.text(103, .05, 'SLA 100 ms', rotation=90)
ax.set_xlim(0, 300); ax.set_xlabel('latency (ms)'); ax.set_ylabel('fraction of requests')
ax.legend()
plt.show()
