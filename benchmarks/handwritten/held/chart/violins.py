import numpy as np, matplotlib.pyplot as plt, seaborn as sns, pandas as pd
rng=np.random.default_rng(7)
d=[]
for i,(site,mu) in enumerate([('North',4.0),('East',5.2),('South',6.1),('West',4.8)]):
    for g,off in (('control',0),('treated',1.1)):
        for v in rng.normal(mu+off,.8,80): d.append((site,g,v))
d=pd.DataFrame(d,columns=['site','group','yield'])
sns.set_theme(style='whitegrid')
fig,ax=plt.subplots(figsize=(6.6,4.2))
sns.violinplot(data=d,x='site',y='yield',hue='group',split=True,inner='quart',palette={'control':'#8da0cb','treated':'#fc8d62'},ax=ax)
ax.set_ylim(0,10)
ax.set_ylabel('yield (t/ha)'); ax.set_xlabel(''); ax.set_title('Yield by site and treatment')
ax.legend(title='group',loc='upper left')
fig.tight_layout()
