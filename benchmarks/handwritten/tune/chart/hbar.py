import matplotlib.pyplot as plt
plt.style.use('fivethirtyeight')
langs = ['Python', 'JavaScript', 'SQL', 'Java', 'Rust', 'Kotlin']
pct = [51.0, 62.3, 48.7, 30.3, 12.6, 9.4]
fig, ax = plt.subplots(figsize=(8, 5))
bars = ax.barh(langs, pct, color='#30a2da')
ax.invert_yaxis()
for b, v in zip(bars, pct):
    ax.text(v + 0.6, b.get_y() + b.get_height()/2, f'{v}%', va='center', fontsize=11)
ax.set_xlabel('Share of respondents')
ax.set_title('Languages used in 2024')
ax.set_xlim(0, 75)
plt.tight_layout(); plt.show()
