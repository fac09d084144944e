import numpy as np, matplotlib.pyplot as plt
l=['Speed','Comfort','Range','Price','Safety','Noise']; th=np.linspace(0,2*np.pi,7)
fig=plt.figure(figsize=(6.4,4.8)); ax=fig.add_subplot(polar=True)
for v,n,c in (([4,3,5,2,4,3],'Model T','tab:blue'),([2,5,3,4,5,4],'Model V','tab:orange')):
    v=np.r_[v,v[0]]; ax.plot(th,v,color=c,lw=2,label=n); ax.fill(th,v,color=c,alpha=.2)
ax.set_xticks(th[:-1]); ax.set_xticklabels(l); ax.set_ylim(0,5); ax.set_yticks([1,2,3,4,5]); ax.tick_params(axis='x',pad=8)
ax.legend(loc='upper right',bbox_to_anchor=(1.48,1.08)); ax.set_title('Car comparison',pad=18)
fig.subplots_adjust(left=.06,right=.76,top=.84,bottom=.1)
