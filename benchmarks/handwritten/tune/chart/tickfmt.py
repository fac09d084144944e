import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter
y = [2015, 2016, 2017, 2018, 2019, 2020, 2021]
r = [1.2e6, 1.5e6, 1.9e6, 2.6e6, 2.4e6, 2.9e6, 3.7e6]
fig, ax = plt.subplots(figsize=(7, 4))
ax.bar(y, r, width=.6, color='slategray')
ax.yaxis.set_major_formatter(FuncFormatter(lambda v, p: f'${v/1e6:.1f}M'))
ax.set_title('Annual revenue'); ax.set_xlabel('Year')
ax.set_ylim(0, 4e6)
plt.show()
