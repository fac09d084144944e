# expect: file second.png
from pathlib import Path

import matplotlib.pyplot as plt
from PIL import Image

target = Path("figures") / "first.png"
target.parent.mkdir(parents=True, exist_ok=True)
plt.plot([3, 1, 2])
plt.savefig(target, dpi=60)
plt.close()
assert target.exists() and target.stat().st_size > 100
pixels = plt.imread(target)
assert pixels.shape == (288, 384, 4), pixels.shape
with Image.open(target) as im:
    assert im.size == (384, 288)
fig, ax = plt.subplots()
ax.imshow(pixels)
ax.axis("off")
fig.savefig("second.png")
