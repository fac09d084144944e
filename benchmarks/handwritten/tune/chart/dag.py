import matplotlib.pyplot as plt, networkx as nx
G=nx.DiGraph([('read','clean'),('clean','split'),('split','train'),('split','test'),('train','model'),('model','score'),('test','score'),('clean','stats'),('score','report'),('stats','report')])
pos={'read':(0,1),'clean':(1,1),'split':(2,1.6),'stats':(2.6,.1),'train':(3,2.2),'test':(3.4,1.1),'model':(4,2.2),'score':(4.7,1.5),'report':(5.4,.7)}
fig,ax=plt.subplots(figsize=(7.6,3.8))
nx.draw_networkx(G,pos,ax=ax,node_shape='s',node_size=1500,node_color='#d5e8d4',edgecolors='#82b366',arrowsize=16,width=1.3,font_size=10)
ax.set_xlim(-.5,5.9); ax.set_ylim(-.25,2.55); ax.axis('off')
fig.tight_layout()
