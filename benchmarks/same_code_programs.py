"""Programs for `benchmarks.same_code` that show what the data engine's seldom do, as galleries do.

Formulas, several panels, logarithmic axes, upright and slanted tick labels, notes with arrows,
colour bars, offsets of axes, legends outside, discs, dark grounds, small type.
"""

START = "import numpy as np\nimport matplotlib.pyplot as plt\nx = np.linspace(0, 10, 200)\n"
PROGRAMS = {
    "formulas": r"""
fig, ax = plt.subplots()
ax.plot(x, np.sin(x), label=r"$\sin(x)$")
ax.plot(x, np.sin(x) ** 2, "--", label=r"$\sin^2(x)$")
ax.set_title(r"Damped wave $y = e^{-\lambda t}\cos(\omega t)$")
ax.set_xlabel(r"$\theta$ (rad)")
ax.set_ylabel(r"$\sqrt{x^2 + y^2}$")
ax.legend()
""",
    "four panels": """
fig, axes = plt.subplots(2, 2, figsize=(8, 6), constrained_layout=True)
for k, (ax, name) in enumerate(zip(axes.flat, ("Nearest", "Linear", "Cubic", "Spline"))):
    ax.plot(x, np.cos(x + k), color=f"C{k}")
    ax.set_title(f"{name} interpolation", fontsize=9)
    ax.tick_params(labelsize=7)
    ax.grid(True, alpha=0.4)
axes[1, 0].set_xlabel("Time [s]")
axes[1, 1].set_xlabel("Time [s]")
fig.suptitle("Four ways to fill gaps")
""",
    "log log": """
fig, ax = plt.subplots(figsize=(5, 4))
f = np.logspace(-2, 3, 100)
ax.loglog(f, 1 / np.sqrt(1 + f**2), label="first order")
ax.loglog(f, 1 / (1 + f**2), label="second order")
ax.set(xlabel="Frequency [Hz]", ylabel="Gain", title="Low-pass filters")
ax.grid(True, which="both", alpha=0.3)
ax.legend(loc="lower left")
""",
    "slanted names": """
fig, ax = plt.subplots(figsize=(7, 4.5))
names = ["January", "February", "March", "April", "May", "June", "July", "August"]
ax.bar(names, [12, 19, 3, 5, 22, 14, 9, 17], color="tab:orange", edgecolor="black")
plt.setp(ax.get_xticklabels(), rotation=45, ha="right")
ax.set_ylabel("Visitors (thousands)")
ax.set_title("Visitors by month, 2019")
fig.tight_layout()
""",
    "upright names": """
fig, ax = plt.subplots(figsize=(7, 4.5))
ax.bar(range(9), [3, 7, 2, 8, 5, 9, 4, 6, 1])
ax.set_xticks(range(9))
ax.set_xticklabels(["Oslo", "Bergen", "Lima", "Quito", "Accra", "Dakar", "Hanoi", "Osaka",
                    "Perth"], rotation=90)
ax.set_ylabel("Index")
fig.tight_layout()
""",
    "arrow": """
fig, ax = plt.subplots()
ax.plot(x, x * np.exp(-x))
ax.annotate("maximum at x = 1", xy=(1, np.exp(-1)), xytext=(4, 0.33),
            arrowprops={"arrowstyle": "->"})
ax.text(6, 0.15, "n = 200\\nmean 0.09", bbox={"facecolor": "wheat", "alpha": 0.5})
ax.axhline(0.2, color="gray", ls=":")
ax.set_xlim(-0.5, 10.5)
ax.set_title("Annotated peak", loc="left")
""",
    "colour bar": """
fig, ax = plt.subplots(figsize=(6, 5))
a = np.sin(x[:60, None]) * np.cos(x[None, :80])
shown = ax.imshow(a, origin="lower", extent=(0, 4, -3, 3), aspect="auto", cmap="viridis")
fig.colorbar(shown, ax=ax, label="Amplitude (mV)")
ax.set(xlabel="Distance (km)", ylabel="Depth (m)", title="Section A-A'")
""",
    "annotated cells": """
fig, ax = plt.subplots(figsize=(6, 5))
a = np.arange(30).reshape(5, 6) * 7 % 23 / 10
ax.imshow(a, cmap="Blues")
ax.set_xticks(range(6), ["A", "B", "C", "D", "E", "F"])
ax.set_yticks(range(5), ["cucumber", "tomato", "lettuce", "asparagus", "potato"])
for i in range(5):
    for j in range(6):
        ax.text(j, i, f"{a[i, j]:.1f}", ha="center", va="center",
                color="w" if a[i, j] > 1.2 else "k")
ax.set_title("Harvest of local farmers (tons/year)")
""",
    "offset": """
fig, ax = plt.subplots()
ax.plot(x, 2.5e6 + 1e5 * x**2, "o-", ms=3, markevery=10)
ax.set_xlabel("Day")
ax.set_ylabel("Count")
ax.minorticks_on()
""",
    "legend outside": """
fig, ax = plt.subplots(figsize=(8, 4))
for k in range(5):
    ax.plot(x, np.sin(x + k / 2) + k, label=f"sensor {k + 1}")
ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), title="Source")
ax.set(xlabel="Hours", ylabel="Temperature [°C]")
fig.tight_layout()
""",
    "disc": """
fig, ax = plt.subplots()
ax.pie([15, 30, 45, 10], labels=["Frogs", "Hogs", "Dogs", "Logs"], autopct="%1.1f%%",
       startangle=90, explode=(0, 0.1, 0, 0))
ax.set_title("Share of animals")
""",
    "dark": """
plt.style.use("dark_background")
fig, ax = plt.subplots()
ax.hist(np.sin(np.arange(500.0) ** 2) * 3, bins=20, color="cyan", edgecolor="black")
ax.set(title="Histogram of 500 values", xlabel="Value", ylabel="Frequency")
""",
}
"""By name; each goes on from `START`."""
