import numpy as np
import matplotlib.pyplot as plt
plt.style.use('bmh')
t1 = [0, 4, 9, 13, 20, 28, 35, 40]; s1 = [1, .95, .88, .8, .71, .6, .52, .52]
t2 = [0, 3, 6, 11, 16, 22, 30, 40]; s2 = [1, .9, .78, .63, .49, .36, .25, .25]
plt.figure(figsize=(7, 5))
plt.step(t1, s1, where='post', label='treated', lw=2)
plt.step(t2, s2, where='post', label='control', lw=2)
plt.ylim(0, 1.05)
plt.xlabel('months'); plt.ylabel('survival probability')
plt.title('Kaplan-Meier estimate')
plt.text(25, 0.85, 'p = 0.003', fontsize=13)
plt.legend(loc='lower left')
plt.show()
