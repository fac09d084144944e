# expect: document vega
import altair as alt
import pandas as pd

df = pd.DataFrame({"a": list("xyz"), "b": [1, 3, 2]})
chart = alt.Chart(df).mark_bar().encode(x="a", y="b")
chart.save("chart.png", scale_factor=2)
