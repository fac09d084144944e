# expect: file out.png
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

np.random.seed(3)
df = pd.DataFrame(np.random.randn(100, 4), columns=list("ABCD"))
df.hist(bins=12)
df.plot(subplots=True, layout=(2, 2), sharex=True)
pd.plotting.scatter_matrix(df, diagonal="kde")
plt.savefig("out.png")
