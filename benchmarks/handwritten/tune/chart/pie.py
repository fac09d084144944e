import matplotlib.pyplot as plt
sizes = [38, 27, 18, 11, 6]
names = ['Chrome', 'Safari', 'Edge', 'Firefox', 'Other']
cols = ['#4285f4', '#a3a3a3', '#0f9d58', '#ff7139', '#ddd']
plt.figure(figsize=(6, 6))
plt.pie(sizes, labels=names, colors=cols, autopct='%1.1f%%', startangle=90, explode=[0.06, 0, 0, 0, 0])
plt.title('Browser share', fontsize=15)
plt.show()
