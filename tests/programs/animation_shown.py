# expect: same animation_last_frame
import matplotlib.pyplot as plt
from matplotlib import animation

fig, ax = plt.subplots()
(line,) = ax.plot([], [])
ax.set_xlim(0, 20)
ax.set_ylim(0, 20)


def init():
    line.set_data([], [])
    return (line,)


def update(i):
    line.set_data(range(i + 1), range(i + 1))
    return (line,)


ani = animation.FuncAnimation(fig, update, init_func=init, frames=range(20), interval=50, blit=True)
plt.show()
