# expect: file out.png
import matplotlib.pyplot as plt
import networkx as nx

graph = nx.karate_club_graph()
nx.draw(graph, nx.spring_layout(graph, seed=4), with_labels=True, node_color="gold")
plt.savefig("out.png")
