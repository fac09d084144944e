import numpy as np
import matplotlib.pyplot as plt
cities = ['Oslo', 'Bergen', 'Trondheim', 'Tromsø', 'Bodø']
car = np.array([42, 38, 45, 50, 55]); bus = np.array([35, 30, 25, 28, 20]); bike = 100 - car - bus
fig, ax = plt.subplots(figsize=(7.5, 4.5))
ax.bar(cities, car, color='#264653', label='Car')
ax.bar(cities, bus, bottom=car, color='#2a9d8f', label='Bus')
ax.bar(cities, bike, bottom=car+bus, color='#e9c46a', hatch='//', label='Bike')
ax.set_ylabel('% of trips'); ax.set_ylim(0, 110)
ax.set_title('How people travel')
ax.legend(ncol=3, loc='upper center')
plt.show()
