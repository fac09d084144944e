import numpy as np
import matplotlib.pyplot as plt
plt.style.use('ggplot')
rng = np.random.default_rng(11)
a = rng.normal(172, 7, 800); b = rng.normal(160, 6.5, 800)
plt.figure(figsize=(7, 5))
plt.hist(a, bins=30, alpha=0.6, label='Men')
plt.hist(b, bins=30, alpha=0.6, label='Women')
plt.axvline(a.mean(), color='k', ls='--', lw=1)
plt.xlabel('Height (cm)'); plt.ylabel('Count')
plt.title('Distribution of heights')
plt.legend()
plt.show()
