# expect: file out.png
import base64
import io

import matplotlib.pyplot as plt
from PIL import Image

plt.plot([3, 1, 2])
buf = io.BytesIO()
plt.savefig(buf, format="png", dpi=60)
plt.close()
buf.seek(0)
image = Image.open(buf).convert("RGB").crop((10, 10, 300, 200))
image.save("out.png")
text = base64.b64encode(buf.getvalue())
assert len(text) > 1000
