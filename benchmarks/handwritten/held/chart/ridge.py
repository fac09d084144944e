import numpy as np
import matplotlib.pyplot as plt

x = np.linspace(-10, 40, 400)
months = [("January", 1, 4), ("March", 7, 4.5), ("May", 15, 4), ("July", 22, 3.5), ("September", 16, 4)]
fig, ax = plt.subplots(figsize=(6.8, 5))
for level, (name, mean, width) in enumerate(reversed(months)):
    curve = np.exp(-((x - mean) ** 2) / (2 * width**2)) * 1.6
    ax.fill_between(x, level, level + curve, color=plt.cm.coolwarm((mean + 2) / 26), zorder=-level)
    ax.plot(x, level + curve, color="black", lw=1, zorder=-level)
    ax.text(-9.5, level + 0.12, name)
ax.set_yticks([])
ax.set_xlabel("Temperature (°C)")
ax.set_xlim(-10, 40)
ax.set_title("Daily means, Graz")
plt.show()
