import pandas as pd
import matplotlib.pyplot as plt
df = pd.DataFrame({'2019': [34, 28, 45, 12], '2020': [30, 35, 41, 18], '2021': [38, 31, 52, 15]}, index=['Berlin', 'Madrid', 'Paris', 'Vienna'])
ax = df.plot(kind='bar', figsize=(7, 4.5), rot=0, colormap='Set2', edgecolor='k')
ax.set_ylabel('Visitors (thousand)')
ax.set_title('Museum visitors')
ax.legend(title='Year', bbox_to_anchor=(1.0, 1), loc='upper left')
for c in ax.containers: ax.bar_label(c, fontsize=8)
plt.tight_layout(); plt.show()
