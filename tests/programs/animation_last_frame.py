# expect: file out.png
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
(line,) = ax.plot([], [])
ax.set_xlim(0, 20)
ax.set_ylim(0, 20)
line.set_data(range(20), range(20))
fig.savefig("out.png")
