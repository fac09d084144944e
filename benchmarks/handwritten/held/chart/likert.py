import numpy as np, matplotlib.pyplot as plt
q=['The menu is clear','Search finds what I need','Pages load fast','I would recommend it']
d=np.array([[5,12,18,40,25],[10,22,20,33,15],[20,31,14,25,10],[4,9,27,38,22]]); c=['#ca0020','#f4a582','#dddddd','#92c5de','#0571b0']
fig,ax=plt.subplots(figsize=(8,3.4)); L=-(d[:,0]+d[:,1]+d[:,2]/2)
for j,n in enumerate(['strongly disagree','disagree','neutral','agree','strongly agree']):
    ax.barh(q,d[:,j],left=L,color=c[j],label=n,height=.65)
    for i in range(4): ax.text(L[i]+d[i,j]/2,i,d[i,j],ha='center',va='center',fontsize=8,color='w' if j in (0,4) else 'k')
    L=L+d[:,j]
ax.axvline(0,color='k',lw=.8); ax.invert_yaxis(); ax.set_xlim(-80,95); ax.set_xticks([-50,0,50]); ax.set_xticklabels(['50%','0%','50%'])
ax.legend(ncol=5,loc='lower center',bbox_to_anchor=(.4,1.0),fontsize=8,frameon=False)
fig.tight_layout()
