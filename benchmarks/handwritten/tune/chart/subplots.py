import numpy as np
import matplotlib.pyplot as plt
x = np.linspace(0, 5, 100)
fig, axs = plt.subplots(2, 2, figsize=(8, 6))
axs[0, 0].plot(x, x**2, 'C0'); axs[0, 0].set_title('Quadratic')
axs[0, 1].plot(x, np.sqrt(x), 'C1'); axs[0, 1].set_title('Root')
axs[1, 0].plot(x, np.exp(-x), 'C2'); axs[1, 0].set_title('Decay')
axs[1, 1].bar([1, 2, 3, 4], [5, 3, 8, 6], color='C4'); axs[1, 1].set_title('Counts')
for a in axs.flat: a.set_xlabel('x')
fig.suptitle('Four functions')
fig.tight_layout()
plt.show()
