# expect: file out.png
import random

import matplotlib.pyplot as plt
import numpy as np

random.seed(7)
np.random.seed(7)
rng = np.random.default_rng(7)
plt.scatter(np.random.rand(50), rng.random(50), s=[random.randint(5, 99) for _ in range(50)])
plt.savefig("out.png")
