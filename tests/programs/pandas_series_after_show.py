# expect: same pandas_series
import matplotlib.pyplot as plt
import pandas as pd

pd.Series([1, 2, 3]).plot.bar()
plt.show()
pd.Series([5, 2, 4]).plot(kind="barh", color="C3")
plt.show()
