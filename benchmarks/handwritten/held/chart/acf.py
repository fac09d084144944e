import numpy as np, matplotlib.pyplot as plt
k=np.arange(0,21); r=.82**k*np.cos(2*np.pi*k/12); r[0]=1; p=np.zeros(21); p[:5]=[1,.71,-.34,-.18,.09]; p[5:]=.07*np.sin(k[5:]*2.1)
fig,axs=plt.subplots(1,2,figsize=(8.4,3.2),sharey=True)
for ax,v,t in ((axs[0],r,'Autocorrelation'),(axs[1],p,'Partial Autocorrelation')):
    ax.vlines(k,0,v,color='k',lw=1.2); ax.plot(k,v,'o',color='C0',ms=5); ax.axhline(0,color='C0',lw=1)
    ax.set_title(t); ax.set_xlabel('Lag')
w=.14*np.sqrt(1+2*np.cumsum(np.r_[0,r[1:]**2])); axs[0].fill_between(k[1:],-w[1:],w[1:],alpha=.25,color='C0',lw=0)
axs[1].fill_between([.5,20],-.16,.16,alpha=.25,color='C0',lw=0); axs[0].set_ylim(-1,1.1)
fig.tight_layout()
