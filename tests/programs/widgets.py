# expect: file out.png
import matplotlib.pyplot as plt
from matplotlib.widgets import Button, Slider

fig, ax = plt.subplots()
plt.subplots_adjust(bottom=0.3)
(line,) = ax.plot([1, 2, 3])
slider = Slider(plt.axes([0.2, 0.1, 0.6, 0.04]), "gain", 0, 5, valinit=2)
button = Button(plt.axes([0.8, 0.02, 0.1, 0.05]), "Reset")
slider.on_changed(lambda value: line.set_ydata([value] * 3))
slider.set_val(3)
plt.savefig("out.png")
plt.show()
