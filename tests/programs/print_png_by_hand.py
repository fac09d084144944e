# expect: file hand.png
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

fig = Figure()
fig.subplots().hist([1, 2, 2, 3, 3, 3])
FigureCanvasAgg(fig).print_png("hand.png")
