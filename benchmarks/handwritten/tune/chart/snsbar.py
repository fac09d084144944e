import numpy as np
import pandas as pd
import seaborn as sns
import matplotlib.pyplot as plt
sns.set_theme(style='ticks', palette='deep')
rng = np.random.default_rng(13)
df = pd.DataFrame({'group': np.tile(['A', 'B', 'C'], 40), 'sex': np.repeat(['f', 'm'], 60)})
df['score'] = df.group.map({'A': 20, 'B': 27, 'C': 31}) + (df.sex == 'm')*4 + rng.normal(0, 5, 120)
g = sns.barplot(data=df, x='group', y='score', hue='sex', capsize=.15, seed=1)
g.set_title('Mean score'); sns.despine()
plt.tight_layout(); plt.show()
