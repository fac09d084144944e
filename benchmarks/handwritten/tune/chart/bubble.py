import matplotlib.pyplot as plt
gdp = [1.2, 3.5, 8.1, 14.0, 27.5, 43.0, 52.0]
life = [56, 61, 68, 71, 76, 81, 82.5]
pop = [95, 200, 1350, 210, 60, 66, 330]
names = ['DRC', 'Nigeria', 'India', 'Brazil', 'Poland', 'France', 'US']
fig, ax = plt.subplots(figsize=(8, 5))
ax.scatter(gdp, life, s=[p*1.2 for p in pop], c=['C3', 'C3', 'C1', 'C2', 'C0', 'C0', 'C4'], alpha=.6, edgecolors='white')
for g, l, n in zip(gdp, life, names):
    ax.annotate(n, (g, l), xytext=(8, -12), textcoords='offset points')
ax.set_xscale('log')
ax.set_xlabel('GDP per capita (k$)'); ax.set_ylabel('Life expectancy (years)')
ax.set_title('Wealth and health')
ax.spines[['top', 'right']].set_visible(False)
plt.show()
