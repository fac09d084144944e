import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
import matplotlib.dates as mdates
rng = np.random.default_rng(21)
idx = pd.date_range('2022-01-03', periods=250, freq='B')
s = pd.Series(100 + np.cumsum(rng.normal(0.05, 1.1, 250)), idx)
fig, ax = plt.subplots(figsize=(9, 4))
ax.plot(s.index, s.values, color='navy', lw=1, label='Close')
ax.plot(s.index, s.rolling(20).mean(), color='orange', lw=1.5, label='20-day mean')
ax.xaxis.set_major_formatter(mdates.DateFormatter('%b %Y'))
plt.setp(ax.get_xticklabels(), rotation=45, ha='right')
ax.set_ylabel('Price'); ax.set_title('ACME share price')
ax.legend(); ax.grid(alpha=0.3)
plt.tight_layout(); plt.show()
