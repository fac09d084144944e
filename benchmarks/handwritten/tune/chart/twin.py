import numpy as np
import matplotlib.pyplot as plt
months = ['Jan','Feb','Mar','Apr','May','Jun','Jul','Aug','Sep','Oct','Nov','Dec']
rain = [78, 62, 55, 48, 60, 71, 83, 90, 76, 88, 95, 84]
temp = [3.1, 3.8, 6.9, 10.2, 14.5, 17.7, 19.9, 19.4, 16.0, 11.6, 6.8, 4.0]
fig, ax1 = plt.subplots(figsize=(8, 4.5))
ax1.bar(months, rain, color='lightsteelblue', label='Rain')
ax1.set_ylabel('Rainfall (mm)')
ax1.set_ylim(0, 120)
ax2 = ax1.twinx()
ax2.plot(months, temp, 'o-', color='firebrick', lw=2, label='Temperature')
ax2.set_ylabel('Temperature (°C)', color='firebrick')
ax2.set_ylim(0, 25)
ax1.set_title('Climate of Utrecht')
fig.tight_layout()
plt.show()
