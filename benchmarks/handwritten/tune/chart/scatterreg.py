import numpy as np
import matplotlib.pyplot as plt
rng = np.random.default_rng(8)
size = rng.uniform(40, 180, 70)
price = 1.9*size + 60 + rng.normal(0, 28, 70)
m, c = np.polyfit(size, price, 1)
plt.figure(figsize=(6.5, 5))
plt.scatter(size, price, s=36, c='steelblue', edgecolors='k', alpha=0.8)
xs = np.array([40, 180])
plt.plot(xs, m*xs + c, 'r-', lw=2, label=f'y = {m:.2f}x + {c:.1f}')
plt.xlabel('Floor area (m²)'); plt.ylabel('Price (k€)')
plt.title('House prices')
plt.legend()
plt.show()
