import numpy as np
import matplotlib.pyplot as plt
Y, X = np.mgrid[-2:2:60j, -2:2:60j]
U = -1 - X**2 + Y; V = 1 + X - Y**2
fig, ax = plt.subplots(figsize=(5.5, 5))
ax.streamplot(X, Y, U, V, color=np.hypot(U, V), cmap='winter', density=1)
ax.plot(-.6, 1.1, 'ro', ms=9)
ax.set_xlim(-2, 2); ax.set_ylim(-2, 2); ax.set_title('Flow field')
plt.show()
