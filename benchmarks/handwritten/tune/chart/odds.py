import numpy as np, matplotlib.pyplot as plt
s=['Abe 2009','Brandt 2011','Costa 2014','Dietz 2016','Evans 2019','Pooled']
m=[.72,1.15,.58,.91,.66,.74]; lo=[.45,.80,.33,.62,.50,.63]; hi=[1.15,1.66,1.02,1.33,.87,.87]
fig,ax=plt.subplots(figsize=(6.8,3.8)); y=np.arange(6)[::-1]
for i in range(6):
    p=i==5; ax.plot([lo[i],hi[i]],[y[i]]*2,color='k',lw=1.3); ax.plot(m[i],y[i],'D' if p else 's',color='firebrick' if p else 'k',ms=10 if p else 7)
    ax.text(2.75,y[i],'%.2f [%.2f, %.2f]'%(m[i],lo[i],hi[i]),va='center',fontsize=9)
ax.axvline(1,color='gray',ls='--'); ax.set_xscale('log'); ax.set_xlim(.25,2.5); ax.set_xticks([.25,.5,1,2]); ax.set_xticklabels(['0.25','0.5','1','2']); ax.minorticks_off()
ax.set_yticks(y); ax.set_yticklabels(s); ax.set_xlabel('Odds ratio (95% CI)')
ax.text(.3,-.75,'favours drug',fontsize=8); ax.text(1.15,-.75,'favours placebo',fontsize=8); ax.set_ylim(-1,5.6)
fig.subplots_adjust(left=.17,right=.7,bottom=.15)
