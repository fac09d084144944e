import numpy as np, pandas as pd, matplotlib.pyplot as plt
rng=np.random.default_rng(8); n=120; a=rng.normal(50,8,n); b=.6*a+rng.normal(0,5,n); c=rng.gamma(2,4,n)
d=pd.DataFrame({'load':a,'temp':b,'noise':c})
axs=pd.plotting.scatter_matrix(d,figsize=(6,5.6),diagonal='hist',color='teal',alpha=.6,s=34,hist_kwds=dict(bins=14,color='slategray',edgecolor='w'))
fig=axs[0,0].figure; fig.suptitle('Sensor readings',y=.95)
