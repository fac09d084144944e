import numpy as np
import matplotlib.pyplot as plt
rng = np.random.default_rng(3)
d = [rng.normal(m, s, 60) for m, s in [(60, 8), (66, 6), (71, 10), (64, 5)]]
fig, ax = plt.subplots(figsize=(7, 4.5))
bp = ax.boxplot(d, tick_labels=['A', 'B', 'C', 'D'], patch_artist=True, notch=False)
for p, c in zip(bp['boxes'], ['#8dd3c7', '#ffffb3', '#bebada', '#fb8072']):
    p.set_facecolor(c)
ax.set_ylabel('Exam score'); ax.set_xlabel('Class')
ax.set_title('Exam scores per class')
ax.yaxis.grid(True)
plt.show()
