import numpy as np, matplotlib.pyplot as plt
th=np.deg2rad(np.arange(0,360,22.5)); 
a=np.array([5,6,8,9,7,5,4,4,6,9,14,18,16,12,8,6.]); b=a*np.array([.3,.4,.5,.5,.4,.3,.2,.2,.4,.6,.9,1.1,1,.8,.5,.3]); c=b*.45
fig=plt.figure(figsize=(5.6,5.2)); ax=fig.add_subplot(projection='polar')
ax.set_theta_zero_location('N'); ax.set_theta_direction(-1)
w=np.deg2rad(19)
ax.bar(th,a,w,color='#c7e9b4',edgecolor='k',lw=.5,label='0-5 m/s')
ax.bar(th,b,w,bottom=a,color='#41b6c4',edgecolor='k',lw=.5,label='5-10 m/s')
ax.bar(th,c,w,bottom=a+b,color='#253494',edgecolor='k',lw=.5,label='> 10 m/s')
ax.set_xticks(np.deg2rad([0,45,90,135,180,225,270,315])); ax.set_xticklabels(['N','NE','E','SE','S','SW','W','NW'])
ax.set_rlabel_position(100); ax.set_ylim(0,50)
ax.set_title('Wind rose, Cape Harrow'); ax.legend(loc='lower left',bbox_to_anchor=(-.22,-.1),fontsize=9)
fig.tight_layout()
