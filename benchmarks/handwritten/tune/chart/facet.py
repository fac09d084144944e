import numpy as np, matplotlib.pyplot as plt, seaborn as sns, pandas as pd
sns.set_theme(style='ticks')
rng=np.random.default_rng(9); L=[]
for k,(sp,m,b) in enumerate((('oak',.8,2),('pine',1.4,1),('birch',-.5,14),('ash',.2,6))):
    for x in rng.uniform(2,12,45): L.append((sp,x,b+m*x+rng.normal(0,1.1)))
d=pd.DataFrame(L,columns=['species','age','height'])
g=sns.lmplot(data=d,x='age',y='height',col='species',col_wrap=2,hue='species',height=2.5,aspect=1.35,palette='Set2',scatter_kws=dict(s=22,edgecolor='k',linewidths=.4),ci=95,seed=1)
g.set(ylim=(0,22)); g.set_axis_labels('age (years)','height (m)')
fig=g.figure
