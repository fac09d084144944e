import numpy as np, matplotlib.pyplot as plt
fig,(a,b)=plt.subplots(2,1,sharex=True,figsize=(6,4.4),gridspec_kw=dict(height_ratios=[1,2],hspace=.08))
n=['kiwi','fig','lime','plum','date','pear']; v=[12,8,96,15,5,9]
for x in (a,b): x.bar(n,v,color=['#90be6d']*2+['#f94144']+['#90be6d']*3)
a.set_ylim(88,100); b.set_ylim(0,20); a.spines.bottom.set_visible(False); b.spines.top.set_visible(False); a.tick_params(bottom=False)
k=dict(marker=[(-1,-.5),(1,.5)],markersize=11,ls='none',color='k',mec='k',mew=1,clip_on=False)
a.plot([0,1],[0,0],transform=a.transAxes,**k); b.plot([0,1],[1,1],transform=b.transAxes,**k)
a.text(2,97,'96',ha='center'); b.set_ylabel('stock (crates)'); a.set_title('Warehouse 4')
