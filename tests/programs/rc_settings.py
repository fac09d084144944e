# expect: file out.png
import matplotlib as mpl
import matplotlib.pyplot as plt

mpl.rcParams.update({"font.size": 15, "axes.spines.top": False, "savefig.dpi": 66})
plt.rcParams["savefig.bbox"] = "tight"
plt.rc("lines", linewidth=4)
plt.plot([1, 2, 1])
plt.savefig("out.png")
