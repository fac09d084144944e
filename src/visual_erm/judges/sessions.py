"""Models in ONNX files that ship with the package."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

ERRORS_ONLY = 3
"""Level of onnxruntime's log."""


def open_model(*path: str) -> Any:
    """An `onnxruntime.InferenceSession` on one thread, so that many judges can run side by side.

    Args:
        path: of the file, below the package.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    model = files("visual_erm").joinpath(*path).read_bytes()
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
