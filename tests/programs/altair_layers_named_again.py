# expect: document vega "layer"
import altair as alt

chart = alt.Chart(alt.Data(values=[{"x": 1, "y": 2}, {"x": 2, "y": 1}])).encode(x="x:Q", y="y:Q")
chart, text = chart.mark_bar(), chart.mark_text().encode(text="y:Q")
chart = chart + text
