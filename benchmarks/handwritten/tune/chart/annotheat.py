import numpy as np
import matplotlib.pyplot as plt
cm = np.array([[52, 3, 1, 0], [4, 47, 6, 2], [0, 5, 58, 3], [1, 0, 2, 61]])
labels = ['cat', 'dog', 'fox', 'owl']
fig, ax = plt.subplots(figsize=(5.5, 5))
im = ax.imshow(cm, cmap='Blues')
fig.colorbar(im, shrink=0.8)
ax.set_xticks(range(4), labels); ax.set_yticks(range(4), labels)
for i in range(4):
    for j in range(4):
        ax.text(j, i, str(cm[i, j]), ha='center', va='center', color='white' if cm[i, j] > 30 else 'black')
ax.set_xlabel('Predicted'); ax.set_ylabel('True')
ax.set_title('Confusion matrix')
plt.show()
