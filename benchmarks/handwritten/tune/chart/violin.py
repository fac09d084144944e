import numpy as np
import seaborn as sns
import matplotlib.pyplot as plt
rng = np.random.default_rng(6)
data = [rng.normal(0, 1, 150), rng.normal(1.2, .6, 150), np.concatenate([rng.normal(-1, .4, 75), rng.normal(2, .5, 75)])]
fig, ax = plt.subplots(figsize=(6, 4.5))
sns.violinplot(data=data, palette=['#66c2a5', '#fc8d62', '#8da0cb'], ax=ax)
ax.set_xticks([0, 1, 2], ['control', 'drug A', 'drug B'])
ax.set_ylabel('effect size')
ax.set_title('Treatment effect')
plt.show()
