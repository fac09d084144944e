# expect: file out.png
import numpy as np
import pandas as pd
import seaborn as sns

rng = np.random.default_rng(0)
df = pd.DataFrame({"x": rng.normal(size=90), "g": list("abc") * 30, "h": list("uv") * 45})
sns.set_theme(style="ticks", palette="deep")
grid = sns.FacetGrid(df, col="g", row="h", height=2)
grid.map_dataframe(sns.histplot, x="x")
grid.add_legend()
grid.savefig("out.png")
