# expect: file agg.png
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas
from matplotlib.figure import Figure

fig = Figure(figsize=(4, 3))
canvas = FigureCanvas(fig)
ax = fig.add_subplot(111)
ax.barh(["a", "b"], [3, 4], color="teal")
canvas.print_figure("agg.png", dpi=90)
