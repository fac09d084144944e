# expect: document plotly
import plotly.express as px

fig = px.pie(values=[1, 2], names=["a", "b"])
