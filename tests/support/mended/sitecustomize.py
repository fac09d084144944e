"""With this folder in PYTHONPATH, every Python process can import torchvision (see `tiny_model`).

A server such as vLLM starts processes of its own, which no test can reach in another way.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import tiny_model

tiny_model.mend_torchvision()
