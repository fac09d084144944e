# expect: fault exception
import altair as alt

base = alt.Chart(alt.Data(values=[{"x": 1}])).encode(x="x:Q")
