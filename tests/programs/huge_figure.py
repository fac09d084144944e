# expect: fault too_large
import matplotlib.pyplot as plt

plt.figure(figsize=(3000, 3000))
plt.plot([1, 2])
plt.savefig("out.png", dpi=300)
