import numpy as np
import matplotlib.pyplot as plt

t = np.linspace(0, 4, 3200)
rng = np.random.default_rng(17)
tone = np.sin(2 * np.pi * (60 + 25 * t) * t) + 0.6 * np.sin(2 * np.pi * 300 * t) * (t > 2)
fig, ax = plt.subplots(figsize=(7, 4.4))
_, _, _, image = ax.specgram(tone + 0.2 * rng.normal(size=t.size), NFFT=128, Fs=800, noverlap=96, cmap="magma")
ax.set_xlabel("Time (s)")
ax.set_ylabel("Frequency (Hz)")
ax.set_ylim(0, 400)
ax.set_title("Sweep with a second tone")
fig.colorbar(image, label="dB")
plt.show()
