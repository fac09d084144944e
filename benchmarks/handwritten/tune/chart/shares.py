import matplotlib.pyplot as plt
fig,ax=plt.subplots(figsize=(6.2,4.6))
v=[38,27,20,15]; l=['Housing','Food','Transport','Leisure']; c=['#264653','#2a9d8f','#e9c46a','#e76f51']
w,t,a=ax.pie(v,labels=l,colors=c,startangle=90,counterclock=False,autopct='%d%%',pctdistance=.82,wedgeprops=dict(width=.36,edgecolor='w'))
a[0].set_color('w'); a[1].set_color('w')
inner=[22,16,17,10,12,8,9,6]
ax.pie(inner,radius=.6,startangle=90,counterclock=False,colors=['#5b7a88','#90a8b1','#6cc0b5','#b5dfd9','#f2dba6','#f8eed3','#f1a691','#f8d2c8'],wedgeprops=dict(width=.25,edgecolor='w'))
ax.text(0,0,'2 140 €\nper month',ha='center',va='center',weight='bold')
ax.set_title('Household budget')
fig.tight_layout()
