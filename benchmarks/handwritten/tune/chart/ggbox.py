import numpy as np, matplotlib.pyplot as plt
rng=np.random.default_rng(12); plt.style.use('ggplot')
fig,ax=plt.subplots(figsize=(6.4,4)); D=[rng.normal(m,s,60) for m,s in ((12,2),(15,2.5),(11,1.5),(18,3))]
bp=ax.boxplot(D,patch_artist=True,widths=.55,notch=True,showmeans=True,medianprops=dict(color='k'))
for p,c in zip(bp['boxes'],['#66c2a5','#fc8d62','#8da0cb','#e78ac3']): p.set_facecolor(c)
for i,x in enumerate(D): ax.plot(rng.normal(i+1,.05,60),x,'k.',ms=3,alpha=.4)
ax.plot([2,2,4,4],[26,26.6,26.6,26],'k-',lw=1); ax.text(3,26.7,'p < 0.001',ha='center',va='bottom')
ax.set_ylim(4,29); ax.set_xticks([1,2,3,4]); ax.set_xticklabels(['placebo','10 mg','20 mg','40 mg']); ax.set_ylabel('recovery time (days)')
fig.tight_layout()
