# expect: same base_default
import os
import tempfile

import matplotlib.pyplot as plt

with tempfile.TemporaryDirectory() as folder:
    plt.plot([1, 3, 2, 5], label="a")
    plt.title("Sales")
    plt.legend()
    plt.savefig(os.path.join(folder, "out.png"))
with tempfile.NamedTemporaryFile(suffix=".txt") as f:
    f.write(b"x")
