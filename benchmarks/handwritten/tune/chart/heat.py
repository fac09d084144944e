import numpy as np, matplotlib.pyplot as plt, seaborn as sns, pandas as pd
v=['age','bmi','bp','chol','gluc','hr']
c=np.array([[1,.19,.34,.26,.30,-.12],[.19,1,.40,.25,.39,.08],[.34,.40,1,.24,.39,.15],[.26,.25,.24,1,.33,-.05],[.30,.39,.39,.33,1,.11],[-.12,.08,.15,-.05,.11,1]])
fig,ax=plt.subplots(figsize=(5.6,4.8))
sns.heatmap(pd.DataFrame(c,v,v),annot=True,fmt='.2f',cmap='vlag',vmin=-1,vmax=1,square=True,linewidths=.6,cbar_kws={'label':'Pearson r'},ax=ax)
ax.set_title('Correlation matrix'); ax.tick_params(axis='y',rotation=0)
fig.tight_layout()
