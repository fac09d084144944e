# expect: document vega "line"
import altair as alt

base = alt.Chart(alt.Data(values=[{"x": 1, "y": 2}, {"x": 2, "y": 1}])).encode(x="x:Q", y="y:Q")
chart = base.mark_line()
