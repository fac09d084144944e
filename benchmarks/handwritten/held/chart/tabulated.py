import numpy as np, matplotlib.pyplot as plt
cols=['2019','2020','2021','2022','2023']; rows=['Licences','Services','Hardware']
d=np.array([[41,38,44,52,57],[22,25,31,33,36],[18,11,14,19,12]]); c=['#e07b39','#69a197','#365c7d']
fig,ax=plt.subplots(figsize=(6.6,4.4)); b=np.zeros(5)
for i in range(3): ax.bar(np.arange(5)+.5,d[i],.55,bottom=b,color=c[i]); b=b+d[i]
tb=ax.table(cellText=[[str(v) for v in r] for r in d],rowLabels=rows,rowColours=c,colLabels=cols,loc='bottom')
for i in range(3): tb[(i+1,-1)].get_text().set_color('w')
ax.set_xlim(0,5); ax.set_xticks([]); ax.set_ylim(0,120); ax.set_ylabel('Revenue (M EUR)'); ax.set_title('Revenue by division')
fig.subplots_adjust(left=.2,bottom=.2)
