import numpy as np, matplotlib.pyplot as plt
m=['Jan','Feb','Mar','Apr','May','Jun','Jul','Aug','Sep','Oct','Nov','Dec']
rain=[62,48,51,44,58,71,83,79,60,66,70,68]
temp=[-1.2,0.4,4.1,8.9,13.6,16.8,18.9,18.3,14.2,9.1,3.9,0.3]
fig,ax=plt.subplots(figsize=(7,4))
ax.bar(m,rain,color='#7fb3d5',edgecolor='none',width=.75,label='Precipitation')
ax2=ax.twinx()
ax2.plot(m,temp,color='#c0392b',marker='D',lw=2,label='Temperature')
ax.set_ylim(0,100); ax2.set_ylim(-5,25)
ax.set_ylabel('Precipitation (mm)',color='#2471a3'); ax2.set_ylabel('Temperature (°C)',color='#c0392b')
ax.tick_params(axis='y',colors='#2471a3'); ax2.tick_params(axis='y',colors='#c0392b')
ax.set_title('Climate normals, Uppermoor station (1991-2020)',loc='left',fontsize=11)
fig.legend(loc='upper left',bbox_to_anchor=(.1,.88),frameon=False)
fig.tight_layout()
