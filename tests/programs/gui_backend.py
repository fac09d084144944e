# expect: same explicit_agg
import matplotlib

matplotlib.use("TkAgg")
import matplotlib.pyplot as plt

plt.switch_backend("Qt5Agg")
plt.ion()
fig, ax = plt.subplots()
ax.scatter([1, 2, 3], [3, 1, 2], c=[1, 2, 3], s=200)
plt.draw()
plt.pause(5)
plt.show(block=True)
