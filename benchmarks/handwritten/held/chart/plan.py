import matplotlib.pyplot as plt
from matplotlib.patches import Patch
fig,ax=plt.subplots(figsize=(7,3.6))
rows=[('compile',[(0,6),(14,3)],'#4c72b0'),('unit tests',[(6,5),(17,4)],'#55a868'),('lint',[(6,2)],'#dd8452'),('package',[(11,2),(21,2)],'#8172b3'),('deploy',[(25,4)],'#c44e52')]
for i,(n,b,c) in enumerate(rows): ax.broken_barh(b,(i-.35,.7),facecolors=c,edgecolor='k',lw=.6)
ax.set_yticks(range(5)); ax.set_yticklabels([r[0] for r in rows]); ax.invert_yaxis()
ax.set_xlabel('minutes since start'); ax.set_xlim(0,32); ax.grid(axis='x',ls=':')
ax.annotate('cache lost',xy=(14,0),xytext=(19,-.05),va='center',arrowprops=dict(arrowstyle='->'))
ax.axvline(23,color='red',lw=1.5); ax.set_title('Pipeline run 1873')
fig.tight_layout()
