import numpy as np, matplotlib.pyplot as plt, pandas as pd, matplotlib.dates as md
t=pd.date_range('2015-01-01','2023-01-01',freq='QS'); k=np.arange(len(t))
coal=60-1.3*k+3*np.sin(k*1.57); gas=25+.3*k+2*np.cos(k*1.57); wind=4+.75*k; sun=1+.02*k**2
fig,ax=plt.subplots(figsize=(7,4))
ax.stackplot(t,coal,gas,wind,sun,labels=['coal','gas','wind','solar'],colors=['#555555','#c49c6b','#6baed6','#fdd049'])
ax.set_xlim(t[0],t[-1]); ax.set_ylim(0,130)
ax.xaxis.set_major_locator(md.YearLocator()); ax.xaxis.set_major_formatter(md.DateFormatter('%Y'))
ax.axvline(pd.Timestamp('2019-04-01'),color='k',ls='--',lw=1); ax.text(pd.Timestamp('2019-05-01'),112,'carbon price',fontsize=9)
ax.set_ylabel('generation (TWh / quarter)'); ax.set_title('Electricity mix')
ax.legend(loc='upper left',ncol=4,frameon=False,fontsize=9)
fig.tight_layout()
