# expect: drawn
import numpy as np
import seaborn as sns
import matplotlib.pyplot as plt

sns.set()
sns.heatmap(np.arange(12).reshape(3, 4), annot=True, fmt="d", cmap="coolwarm")
plt.tight_layout()
plt.show()
