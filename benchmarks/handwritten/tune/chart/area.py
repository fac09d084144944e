import numpy as np
import matplotlib.pyplot as plt
years = np.arange(2010, 2024)
coal = np.linspace(45, 18, 14); gas = np.linspace(25, 33, 14); wind = np.linspace(4, 27, 14)**1.0; solar = np.linspace(1, 15, 14)
fig, ax = plt.subplots(figsize=(8, 4.5))
ax.stackplot(years, coal, gas, wind, solar, labels=['Coal', 'Gas', 'Wind', 'Solar'], colors=['#555555', '#c49c94', '#6baed6', '#fdd049'])
ax.set_xlim(2010, 2023); ax.set_ylim(0, 100)
ax.set_ylabel('Share of generation (%)')
ax.set_title('Electricity mix')
ax.legend(loc='center left', bbox_to_anchor=(1.01, 0.5))
plt.tight_layout(); plt.show()
