# expect: document plotly
import plotly.graph_objs as go
from plotly.offline import plot

plot({"data": [go.Scatter(y=[1, 2])], "layout": {"title": {"text": "T"}}}, filename="x.html")
