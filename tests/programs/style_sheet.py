# expect: file out.png
import matplotlib.pyplot as plt

plt.style.use(["seaborn-v0_8-whitegrid", "ggplot"])
plt.bar(range(4), [3, 1, 4, 1])
plt.savefig("out.png")
