import matplotlib.pyplot as plt

days = [(41.2, 43.0, 40.6, 42.7), (42.7, 44.1, 42.0, 42.2), (42.2, 42.9, 40.1, 40.8), (40.9, 41.7, 39.8, 41.4),
        (41.4, 44.6, 41.1, 44.3), (44.2, 45.8, 43.7, 45.1), (45.1, 45.4, 42.6, 43.2), (43.2, 43.8, 41.9, 43.5),
        (43.6, 46.9, 43.4, 46.2), (46.3, 47.7, 45.5, 45.9)]
fig, ax = plt.subplots(figsize=(8, 4.2))
for day, (first, high, low, last) in enumerate(days, 1):
    colour = "#2a9d8f" if last >= first else "#e76f51"
    ax.vlines(day, low, high, color=colour, lw=1.5)
    ax.bar(day, abs(last - first), bottom=min(first, last), width=0.6, color=colour)
ax.set_xticks(range(1, 11))
ax.set_xlabel("Trading day")
ax.set_ylabel("Price")
ax.set_title("Kestrel Mining plc")
ax.grid(axis="y", alpha=0.4)
plt.show()
