import numpy as np
import matplotlib.pyplot as plt
x = np.linspace(-4, 4, 50); X, Y = np.meshgrid(x, x)
Z = np.cos(np.hypot(X, Y))
fig = plt.figure(figsize=(7, 5.5))
ax = fig.add_subplot(projection='3d')
s = ax.plot_surface(X, Y, Z, cmap='coolwarm', linewidth=0)
ax.set_xlabel('X'); ax.set_ylabel('Y'); ax.set_zlabel('Z')
ax.set_zlim(-1.5, 1.5)
ax.set_title('cos(r)')
fig.colorbar(s, shrink=0.6)
plt.show()
