import numpy as np
import matplotlib.pyplot as plt
rng = np.random.default_rng(12)
t = np.arange(300)/100
fig, axs = plt.subplots(3, 1, figsize=(8, 7), sharex=True)
for a, f, n in zip(axs, (1, 3, 7), ('accelerometer', 'gyroscope', 'magnetometer')):
    a.plot(t, np.sin(2*np.pi*f*t) + .1*rng.normal(size=300), lw=1)
    a.set_title(n)
    a.set_ylabel('a.u.')
axs[-1].set_xlabel('time (s)')
fig.tight_layout()
plt.show()
