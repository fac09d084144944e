import numpy as np
import matplotlib.pyplot as plt
y, x = np.mgrid[-1:1:64j, -1:1:64j]
img = np.sin(6*x)*np.cos(5*y)
fig, (a, b) = plt.subplots(1, 2, figsize=(9, 4))
i0 = a.imshow(img, cmap='gray'); a.set_title('input'); a.axis('off')
i1 = b.imshow(np.abs(img) > .5, cmap='gray'); b.set_title('mask'); b.axis('off')
fig.colorbar(i0, ax=a, fraction=.046)
plt.tight_layout(); plt.show()
