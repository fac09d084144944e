import numpy as np
import matplotlib.pyplot as plt
plt.style.use('dark_background')
t = np.linspace(0, 4*np.pi, 400)
plt.figure(figsize=(7, 4))
plt.plot(t, np.sin(t), label='sin')
plt.plot(t, np.exp(-t/6)*np.cos(2*t), label='damped')
plt.fill_between(t, 0, np.sin(t), alpha=0.25)
plt.xlabel('time [s]'); plt.ylabel('signal [V]')
plt.title('Two signals')
plt.legend(loc='lower left')
plt.show()
