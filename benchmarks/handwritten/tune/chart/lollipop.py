import matplotlib.pyplot as plt
items = ['Alpha', 'Beta', 'Gamma', 'Delta', 'Epsilon', 'Zeta', 'Eta', 'Theta']
v = [3.2, -1.4, 2.6, 0.8, -2.2, 4.1, 1.7, -0.6]
fig, ax = plt.subplots(figsize=(7, 4))
ml, sl, bl = ax.stem(range(8), v)
plt.setp(ml, markersize=9, color='purple'); plt.setp(sl, color='purple')
ax.axhline(0, color='k', lw=.8)
ax.set_xticks(range(8), items, rotation=30)
ax.set_ylabel('log fold change')
ax.set_title('Gene expression')
fig.tight_layout()
plt.show()
