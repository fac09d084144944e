import numpy as np
import matplotlib.pyplot as plt
n = np.logspace(1, 5, 9)
fig, ax = plt.subplots(figsize=(6, 4.5))
ax.loglog(n, 2e-6*n*np.log2(n), 'o-', label='merge sort')
ax.loglog(n, 4e-8*n**2, 's-', label='insertion sort')
ax.loglog(n, 1e-6*n, 'k--', lw=1, label='linear')
ax.set_xlabel('n'); ax.set_ylabel('time (s)')
ax.legend(frameon=False); ax.grid(True, which='major')
ax.set_title('Sorting')
plt.tight_layout(); plt.show()
