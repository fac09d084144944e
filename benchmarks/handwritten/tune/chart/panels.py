import numpy as np
import matplotlib.pyplot as plt
rng = np.random.RandomState(41)
x = rng.randn(48)
k = lambda n: np.convolve(x, np.ones(n)/n, 'same')
plt.figure(figsize=(12, 5))
ax1 = plt.subplot(121)
ax1.plot(x, 'o-', label='Original')
ax1.legend(loc='best', fontsize=14)
ax2 = plt.subplot(122)
for i, n in enumerate((12, 5, 3)):
    ax2.plot(k(n), 'o--', label='Level {0}'.format(i + 1))
ax2.legend(loc='upper right', fontsize=14)
plt.suptitle('Smoothing of a series', fontsize=20)
plt.show()
