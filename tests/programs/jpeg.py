# expect: about out.jpg
import matplotlib.pyplot as plt

plt.pie([1, 2, 3], labels=["a", "b", "c"])
plt.savefig("out.jpg", dpi=70, pil_kwargs={"quality": 95})
