# expect: file out.png
import matplotlib.pyplot as plt
import pandas as pd

df = pd.DataFrame(
    {"a": [1, 2, 3], "b": [3, 2, 1]}, index=pd.date_range("2024-01-01", periods=3, freq="D")
)
ax = df.plot(kind="area", figsize=(6, 3), title="area", grid=True)
ax.get_figure().savefig("out.png")
