import networkx as nx
import matplotlib.pyplot as plt
G = nx.DiGraph()
G.add_edges_from([('data', 'clean'), ('clean', 'train'), ('train', 'model'), ('data', 'test'), ('test', 'eval'), ('model', 'eval')])
pos = {'data': (0, 1), 'clean': (1, 1.6), 'train': (2, 1.6), 'model': (3, 1.4), 'test': (1.4, .4), 'eval': (4, .8)}
plt.figure(figsize=(8, 4.5))
nx.draw_networkx(G, pos, node_size=1900, node_color='#ffcc99', edge_color='gray', arrowsize=18, font_size=10)
plt.title('Pipeline'); plt.axis('off')
plt.show()
