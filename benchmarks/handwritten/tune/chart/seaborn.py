import numpy as np
import pandas as pd
import seaborn as sns
import matplotlib.pyplot as plt
sns.set_theme(style='whitegrid')
rng = np.random.default_rng(5)
df = pd.DataFrame({'bill': rng.normal(20, 6, 90), 'day': np.repeat(['Thu', 'Fri', 'Sat'], 30)})
df['tip'] = 0.15*df.bill + rng.normal(0, 0.6, 90)
plt.figure(figsize=(6.5, 4.5))
sns.scatterplot(data=df, x='bill', y='tip', hue='day', style='day', s=60)
plt.title('Tips by day')
plt.xlabel('Total bill ($)'); plt.ylabel('Tip ($)')
plt.tight_layout(); plt.show()
