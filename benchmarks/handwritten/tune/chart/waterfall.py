import matplotlib.pyplot as plt
lab = ['Start', 'Sales', 'Services', 'Refunds', 'Costs', 'End']
val = [120, 45, 20, -15, -60]
fig, ax = plt.subplots(figsize=(7, 4.2))
c = 0
for i, v in enumerate(val):
    b = c if i and v > 0 else (c + v if i else 0)
    ax.bar(i, abs(v), bottom=b, color='gray' if i == 0 else ('#4caf50' if v > 0 else '#f44336'), width=.6)
    ax.text(i, b + abs(v) + 3, f'{v:+d}' if i else str(v), ha='center')
    c += v
ax.bar(5, c, color='gray', width=.6); ax.text(5, c + 3, str(c), ha='center')
ax.set_xticks(range(6), lab); ax.set_ylim(0, 220); ax.set_ylabel('kEUR')
ax.set_title('From opening to closing cash')
plt.show()
