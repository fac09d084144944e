import numpy as np
import matplotlib.pyplot as plt
n = np.array([100, 200, 400, 800, 1600, 3200])
acc = {'SVM': [.61, .66, .71, .75, .78, .80], 'RF': [.58, .65, .73, .78, .82, .85], 'kNN': [.55, .59, .63, .66, .69, .71], 'MLP': [.5, .6, .7, .79, .85, .89]}
fig, ax = plt.subplots(figsize=(7, 5))
for (k, v), m in zip(acc.items(), 'os^D'):
    ax.plot(n, v, marker=m, label=k)
ax.set_xscale('log', base=2)
ax.set_xlabel('training samples'); ax.set_ylabel('accuracy')
ax.set_ylim(0.45, 0.95)
ax.set_title('Learning curves on CIFAR-10')
ax.legend(title='method', loc='lower right')
ax.grid(True, ls=':')
plt.show()
