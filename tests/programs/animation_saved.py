# expect: same animation_last_frame
# warns: last frame
import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation, PillowWriter

fig, ax = plt.subplots()
(line,) = ax.plot([], [])
ax.set_xlim(0, 20)
ax.set_ylim(0, 20)


def update(i):
    line.set_data(range(i + 1), range(i + 1))
    return (line,)


ani = FuncAnimation(fig, update, frames=20, blit=True)
ani.save("movie.gif", writer=PillowWriter(fps=10))
