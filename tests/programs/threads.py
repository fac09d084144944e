# expect: same explicit_agg
import threading

import matplotlib.pyplot as plt


def work():
    fig, ax = plt.subplots()
    ax.scatter([1, 2, 3], [3, 1, 2], c=[1, 2, 3], s=200)
    fig.savefig("out.png")


thread = threading.Thread(target=work)
thread.start()
