# expect: file out.png
import matplotlib.pyplot as plt
import numpy as np

plt.imsave("out.png", np.arange(2500).reshape(50, 50), cmap="magma")
