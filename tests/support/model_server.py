"""Models for the data routes, played by rules: an editor, a copyist and an annotator."""

import json
import re

from judge_server import completion

TABLE = (
    "<table><tr><th>Town</th><th>Rain</th></tr>"
    "<tr><td>Oslo</td><td>{0}</td></tr><tr><td>Bergen</td><td>2250</td></tr></table>"
)
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90">'
    '<rect x="5" y="5" width="{0}" height="40" fill="#1a56db"/></svg>'
)
CHART = """import matplotlib.pyplot as plt
plt.bar(["Oslo", "Bergen"], [763, 2250])
plt.title("Rain")
plt.savefig("out.png")"""
CLAIM = {"severity": 2, "location": "upper left", "description": "another size"}


def edited(body):
    """The source in an editor's question with its first number in the text changed, and a claim."""
    question = body["messages"][0]["content"]
    source = question.rpartition("The source:")[2].partition("\n")[2]
    source = re.search(r"```\w+\n(.*?)\n```", source, re.DOTALL)[1]
    if source.startswith("<table"):
        tag, category = "html", "numeric_error"
        source = re.sub(r"<td>(\d+)", lambda m: f"<td>{int(m[1]) + 111}", source, count=1)
    elif source.startswith("import"):
        tag, category = "python", "text_error"
        source = source.replace('"Rain"', '"Pain"')
    else:
        tag, category = "svg", "shape_error"
        source = re.sub(r' width="(\d\d)" height="40"', ' width="77" height="40"', source)
    claims = {"errors": [{"category": category, **CLAIM}]}
    return f"Here it is.\n```{tag}\n{source}\n```\n```json\n{json.dumps(claims)}\n```"


def copied(body):
    """A table like the reference with a misread number; what it sees does not matter here."""
    assert body["messages"][0]["content"][1]["type"] == "image_url"
    return f"```html\n{TABLE.format(999)}\n```"


def annotated(body):
    """One error where the table's first number stands, and one where nothing differs."""
    assert len(body["messages"][0]["content"]) == 3
    wrong = {"bbox": [500, 333, 1000, 666], "bbox_prediction": [500, 333, 1000, 666]}
    nothing = {"bbox": [0, 0, 400, 300], "bbox_prediction": [0, 0, 400, 300]}
    claims = [
        {"category": "numeric_error", **CLAIM, **wrong},
        {"category": "text_error", **CLAIM, **nothing},
        {"category": "layout_error", **CLAIM},
    ]
    return json.dumps({"errors": claims})


def by(rule):
    """A server's answer by one of these rules."""
    return lambda body: (200, completion(rule(body)), {})
