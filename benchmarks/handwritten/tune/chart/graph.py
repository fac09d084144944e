import matplotlib.pyplot as plt, networkx as nx
G=nx.Graph()
W=[('Hub',"A",4),('Hub','B',7),('Hub','C',2),('A','D',3),('B','E',6),('C','F',5),('D','E',1),('E','F',8),('C','G',9)]
for u,v,w in W: G.add_edge(u,v,w=w)
pos={'Hub':(0,0),'A':(-1.2,.9),'B':(0.1,1.3),'C':(1.3,.2),'D':(-1.9,2.1),'E':(.6,2.4),'F':(2.2,1.5),'G':(1.9,-1.1)}
col={'Hub':'#e74c3c','A':'#f5b041','B':'#f5b041','C':'#f5b041'}
fig,ax=plt.subplots(figsize=(6,5))
nx.draw_networkx_nodes(G,pos,node_size=900,node_color=[col.get(n,'#85c1e9') for n in G],edgecolors='black',ax=ax)
nx.draw_networkx_labels(G,pos,font_size=11,ax=ax)
nx.draw_networkx_edges(G,pos,width=1.6,ax=ax)
nx.draw_networkx_edge_labels(G,pos,edge_labels=nx.get_edge_attributes(G,'w'),font_size=9,ax=ax)
ax.set_title('Pipe network, lengths in km'); ax.margins(.12); ax.axis('off')
fig.tight_layout()
