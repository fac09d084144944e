# expect: file out.png
import datetime as dt

import matplotlib.dates as mdates
import matplotlib.pyplot as plt

days = [dt.date(2024, 1, 1) + dt.timedelta(days=i) for i in range(60)]
fig, ax = plt.subplots()
ax.plot(days, range(60), color="tab:red")
twin = ax.twinx()
twin.semilogy(days, [2**i for i in range(60)])
ax.xaxis.set_major_formatter(mdates.DateFormatter("%b %d"))
fig.autofmt_xdate()
fig.savefig("out.png")
