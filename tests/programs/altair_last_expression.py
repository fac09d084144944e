# expect: document vega
import altair as alt

data = alt.Data(values=[{"x": 1, "y": 2}, {"x": 2, "y": 1}])
alt.Chart(data).mark_line().encode(x="x:Q", y="y:Q")
