"""What training takes beside pairs: a tiny model, and a profile whose replies are short."""

import importlib.util
import json

import pytest
import tiny_model

SHORT = {"sampling": {"temperature": 0.0}, "max_tokens": 6, "max_side": 96}
LAYOUTS = {
    "chart": {"prompt": "chart.txt", **SHORT},
    "table": {"prompt": "table.txt", "system": "Be exact.", "order": "text_first", **SHORT},
    "svg": {"prompt": "svg.txt", "encoding": "jpeg", **SHORT},
}


@pytest.fixture(scope="session")
def short_profile(tmp_path_factory):
    path = tmp_path_factory.mktemp("profile") / "short.json"
    path.write_text(json.dumps({"name": "short", "layouts": LAYOUTS}))
    return str(path)


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    for needed in ("trl", "peft", "torchvision"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed; `make trainers` runs this test")
    tiny_model.mend_torchvision()
    folder = tmp_path_factory.mktemp("model") / "tiny"
    tiny_model.build(folder)
    return folder
