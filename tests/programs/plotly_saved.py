# expect: document plotly
import plotly.graph_objects as go

fig = go.Figure(go.Bar(x=["a", "b"], y=[1, 2]))
fig.update_layout(title="Bars", width=500, height=300)
fig.write_image("out.png")
