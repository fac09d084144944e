import numpy as np, matplotlib.pyplot as plt
rng=np.random.default_rng(3)
fig,ax=plt.subplots(figsize=(6.4,4))
for lab,mu,c,ls in (('cache hit',1.2,'#1b9e77','-'),('cache miss',2.0,'#d95f02','--'),('cold start',2.7,'#7570b3','-.')):
    x=np.sort(rng.lognormal(mu,.45,60)); ax.step(x,np.arange(1,61)/60,where='post',color=c,ls=ls,label=lab)
ax.axhline(.95,color='gray',lw=.8,ls=':'); ax.text(41,.96,'p95',color='gray',ha='right')
ax.set_xlim(0,42); ax.set_ylim(0,1.03)
ax.set_xlabel('latency (ms)'); ax.set_ylabel('fraction of requests')
ax.legend(loc='center left',bbox_to_anchor=(1.01,.5),title='path')
for s in ('top','right'): ax.spines[s].set_visible(False)
fig.tight_layout()
