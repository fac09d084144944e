# expect: file out.png
import matplotlib.pyplot as plt
import pandas as pd

pd.Series([5, 2, 4]).plot(kind="barh", color="C3")
plt.savefig("out.png")
