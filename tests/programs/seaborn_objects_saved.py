# expect: file out.png
import pandas as pd
import seaborn.objects as so

df = pd.DataFrame({"x": [1, 2, 3], "y": [3, 1, 2], "c": list("aab")})
plot = so.Plot(df, x="x", y="y", color="c").add(so.Bars()).layout(size=(4, 3))
plot.save("out.png", dpi=80)
