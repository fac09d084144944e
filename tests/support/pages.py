"""What stands in a page of the report viewer."""

import json
import re


def items(path):
    """Its items, as its script reads them."""
    text = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="run">(.*?)</script>', text, re.S)
    return json.loads(found[1])["items"]
