import numpy as np
import matplotlib.pyplot as plt

ages = ["0-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80+"]
women = np.array([5.1, 5.4, 6.0, 6.4, 6.9, 7.6, 6.2, 4.3, 2.9])
men = np.array([5.4, 5.7, 6.2, 6.5, 6.9, 7.5, 5.8, 3.6, 1.7])
fig, ax = plt.subplots(figsize=(7, 4.6))
ax.barh(ages, -men, color="#457b9d", label="Men")
ax.barh(ages, women, color="#e63946", label="Women")
ax.axvline(0, color="black", lw=0.8)
ax.set_xticks([-8, -4, 0, 4, 8], ["8", "4", "0", "4", "8"])
ax.set_xlabel("Share of the population (%)")
ax.set_ylabel("Age")
ax.legend(frameon=False)
ax.set_title("Ages in Lindau county")
plt.show()
