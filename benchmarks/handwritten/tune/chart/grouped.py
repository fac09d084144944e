import numpy as np
import matplotlib.pyplot as plt
quarters = ['Q1', 'Q2', 'Q3', 'Q4']
north = [12.4, 15.1, 17.8, 21.0]
south = [9.8, 11.2, 14.9, 13.3]
west = [6.1, 8.4, 7.7, 10.2]
x = np.arange(4); w = 0.26
fig, ax = plt.subplots(figsize=(7, 4.2))
ax.bar(x - w, north, w, label='North', color='#4c72b0')
ax.bar(x, south, w, label='South', color='#dd8452')
ax.bar(x + w, west, w, label='West', color='#55a868')
ax.set_xticks(x); ax.set_xticklabels(quarters)
ax.set_ylabel('Revenue (million USD)')
ax.set_title('Quarterly revenue by region, 2023')
ax.legend(loc='upper left')
ax.grid(axis='y', linestyle='--', alpha=0.5)
plt.tight_layout()
plt.savefig('out.png')
