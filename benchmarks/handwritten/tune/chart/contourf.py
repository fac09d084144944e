import numpy as np
import matplotlib.pyplot as plt
x = np.linspace(-3, 3, 120); X, Y = np.meshgrid(x, x)
Z = np.exp(-X**2 - Y**2) + 0.7*np.exp(-(X-1.4)**2 - (Y+1.2)**2)
fig, ax = plt.subplots(figsize=(6, 5))
cs = ax.contourf(X, Y, Z, levels=10, cmap='viridis')
ax.contour(X, Y, Z, levels=10, colors='white', linewidths=0.6)
fig.colorbar(cs, label='density')
ax.plot([0, 1.4], [0, -1.2], 'r*', ms=12)
ax.set_xlabel('x'); ax.set_ylabel('y')
ax.set_title('Two wells')
plt.show()
