import numpy as np
import matplotlib.pyplot as plt
x = np.linspace(0, 10, 80)
m = 3 + .5*x + np.sin(x); sd = .4 + .08*x
plt.figure(figsize=(7, 4.5))
plt.plot(x, m, color='#1b9e77', label='forecast')
plt.fill_between(x, m - 1.96*sd, m + 1.96*sd, color='#1b9e77', alpha=.2, label='95 % interval')
plt.axhline(6, color='crimson', ls='--', label='capacity')
plt.xlabel('weeks ahead'); plt.ylabel('orders (thousand)')
plt.title('Order forecast')
plt.legend(loc='upper left'); plt.ylim(0, 12)
plt.show()
