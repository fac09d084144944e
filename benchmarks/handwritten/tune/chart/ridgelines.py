import numpy as np, matplotlib.pyplot as plt
x=np.linspace(-10,35,500); mo=['January','March','May','July','September','November']; mu=[1,6,13.5,19,14.5,5]; sd=[4,3.6,3.2,2.6,3,3.8]
cm=plt.cm.RdYlBu_r
fig,ax=plt.subplots(figsize=(6.4,4.8))
for i,(m,s) in enumerate(zip(mu,sd)):
    o=5-i; y=np.exp(-.5*((x-m)/s)**2)/s*5.5
    ax.fill_between(x,o,o+y,color=cm((m+2)/24),zorder=i); ax.plot(x,o+y,color='k',lw=1,zorder=i+.5)
ax.set_yticks(range(6)); ax.set_yticklabels(mo[::-1]); ax.set_xlim(-10,35); ax.set_ylim(-.1,7.2)
ax.set_xlabel('daily mean temperature (°C)'); ax.set_title('Temperatures by month',weight='bold',loc='left')
for s in ('top','right','left'): ax.spines[s].set_visible(False)
ax.tick_params(axis='y',length=0)
fig.tight_layout()
