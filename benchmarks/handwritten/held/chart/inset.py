import numpy as np
import matplotlib.pyplot as plt

w = np.linspace(400, 700, 600)
line = lambda at, width, height: height / (1 + ((w - at) / width) ** 2)
spectrum = 0.1 + line(486, 3, 0.5) + line(656, 4, 1.0) + line(589, 1.2, 0.35) + line(592, 1.2, 0.3)
fig, ax = plt.subplots(figsize=(7.6, 4.4))
ax.plot(w, spectrum, color="indigo", lw=1.2)
ax.set_xlim(400, 700)
ax.set_ylim(0, 1.3)
ax.set_xlabel("Wavelength (nm)")
ax.set_ylabel("Intensity")
zoom = ax.inset_axes([0.12, 0.5, 0.3, 0.42])
zoom.plot(w, spectrum, color="indigo", lw=1.2)
zoom.set_xlim(583, 598)
zoom.set_ylim(0.1, 0.5)
ax.indicate_inset_zoom(zoom)
ax.annotate("Hα", (656, 1.12), ha="center", va="bottom")
plt.show()
