import numpy as np
import matplotlib.pyplot as plt
cats = ['Speed', 'Power', 'Range', 'Comfort', 'Price', 'Safety']
a = [4, 3, 5, 2, 4, 5]; b = [3, 5, 2, 4, 3, 4]
ang = np.linspace(0, 2*np.pi, 6, endpoint=False).tolist(); ang += ang[:1]
fig, ax = plt.subplots(figsize=(6, 6), subplot_kw=dict(polar=True))
for v, n, c in [(a, 'Model A', 'tab:blue'), (b, 'Model B', 'tab:red')]:
    v = v + v[:1]
    ax.plot(ang, v, color=c, lw=2, label=n); ax.fill(ang, v, color=c, alpha=0.2)
ax.set_xticks(ang[:-1]); ax.set_xticklabels(cats)
ax.set_ylim(0, 5)
ax.legend(loc='upper right', bbox_to_anchor=(1.15, 1.1))
plt.title('Car comparison', y=1.08)
plt.show()
