import matplotlib.pyplot as plt
d=[('Alder',22,35),('Birch',41,38),('Cedar',30,30),('Elm',48,27),('Fir',15,19)]
fig,ax=plt.subplots(figsize=(5,5))
for n,a,b in d:
    k='#d62728' if b<a else '#2ca02c' if b>a else '#7f7f7f'
    ax.plot([0,1],[a,b],'-o',color=k,lw=2); ax.text(-.06,a,f'{n} {a}',ha='right',va='center'); ax.text(1.06,b,f'{b} {n}',va='center')
ax.axvline(0,color='k',lw=.8); ax.axvline(1,color='k',lw=.8); ax.set_xlim(-.6,1.6); ax.set_ylim(10,53)
ax.text(0,51,'1990',ha='center',weight='bold',backgroundcolor='w'); ax.text(1,51,'2020',ha='center',weight='bold',backgroundcolor='w'); ax.axis('off')
ax.set_title('Tree cover (%)')
fig.tight_layout()
