# expect: same explicit_agg
import io

import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.scatter([1, 2, 3], [3, 1, 2], c=[1, 2, 3], s=200)
buffer = io.StringIO()
fig.savefig(buffer, format="svg")
text = buffer.getvalue()
