import matplotlib.pyplot as plt
tasks = [('Survey', 0, 3), ('Design', 2, 5), ('Permits', 4, 6), ('Build', 9, 8), ('Test', 15, 4)]
fig, ax = plt.subplots(figsize=(8, 3.6))
for i, (n, s, d) in enumerate(tasks):
    ax.broken_barh([(s, d)], (i - .35, .7), facecolors=f'C{i}')
    ax.text(s + d/2, i, f'{d} wk', ha='center', va='center', color='w', fontsize=9)
ax.set_yticks(range(5), [t[0] for t in tasks]); ax.invert_yaxis()
ax.set_xlabel('week'); ax.set_title('Project plan'); ax.grid(axis='x', ls=':')
ax.axvline(10, color='red', lw=1.2)
plt.tight_layout(); plt.show()
