# expect: drawn
import pandas as pd
import seaborn.objects as so

df = pd.DataFrame({"x": [1, 2, 3], "y": [3, 1, 2], "c": list("aab")})
so.Plot(df, x="x", y="y", color="c").add(so.Dot()).add(so.Line()).show()
