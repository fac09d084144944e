import numpy as np, matplotlib.pyplot as plt, scipy.stats as st
rng=np.random.default_rng(4); n=90
x=rng.uniform(0,10,n); y=2+1.3*x+rng.normal(0,1.5,n); y[5]+=7
b,a=np.polyfit(x,y,1); fit=a+b*x; res=y-fit; s=res/res.std()
lev=1/n+(x-x.mean())**2/((x-x.mean())**2).sum()
fig,axs=plt.subplots(2,2,figsize=(8,6.4))
ax=axs[0,0]; ax.scatter(fit,res,s=14,facecolors='none',edgecolors='C0'); ax.axhline(0,color='gray',ls='--',lw=1)
o=np.argsort(fit); k=np.polyfit(fit,res,3); ax.plot(fit[o],np.polyval(k,fit[o]),'r-',lw=1.2)
ax.annotate('5',(fit[5],res[5]),xytext=(6,-3),textcoords='offset points')
ax.set(title='Residuals vs Fitted',xlabel='Fitted values',ylabel='Residuals')
ax=axs[0,1]; q=st.norm.ppf((np.arange(n)+.5)/n); ax.plot(q,np.sort(s),'o',ms=4,color='C0'); ax.plot([-3,3],[-3,3],'r--')
ax.set(title='Normal Q-Q',xlabel='Theoretical Quantiles',ylabel='Standardized residuals')
ax=axs[1,0]; ax.scatter(fit,np.sqrt(abs(s)),s=14,color='C0',alpha=.6)
ax.set(title='Scale-Location',xlabel='Fitted values',ylabel='sqrt|standardized residuals|')
ax=axs[1,1]; ax.scatter(lev,s,s=14,color='C0',alpha=.6); ax.axhline(0,color='gray',lw=.8)
ax.axhline(3,color='C1',ls=':'); ax.axhline(-3,color='C1',ls=':'); ax.set_ylim(-4,5.5)
ax.set(title='Residuals vs Leverage',xlabel='Leverage',ylabel='Standardized residuals')
fig.tight_layout()
