"""Run folders over HTTP: only those in the folder, the page that `verm report` writes."""

import httpx
import numpy as np
from served import square

from visual_erm.report.runs import Item, RunFolder


def test_runs_are_listed_and_shown_and_nothing_else(start, tmp_path):
    for place in (tmp_path / "runs" / "one & <two>", tmp_path / "secret"):
        with RunFolder(place) as run:
            run.add(Item(id="x<script>", task="svg", reference=np.asarray(square(10))))
    server = start("--workers", "1", "--runs", str(tmp_path / "runs"))
    with httpx.Client(base_url=server.url) as client:
        listed = client.get("/report")
        assert "one &amp; &lt;two&gt;" in listed.text and "secret" not in listed.text
        assert "script" not in listed.headers["content-security-policy"]
        shown = client.get("/report/one%20%26%20%3Ctwo%3E")
        assert shown.status_code == 200 and "<x<script>" not in shown.text
        assert shown.text.count('type="text/plain"') == 1
        for path in ("secret", "%2e%2e%2fsecret", "..%2Fsecret", "one"):
            assert client.get(f"/report/{path}").status_code == 404
        damaged = tmp_path / "runs" / "one & <two>" / "items.jsonl"
        damaged.write_text("junk\n")
        answer = client.get("/report/one%20%26%20%3Ctwo%3E")
        assert (answer.status_code, answer.json()["code"]) == (500, "damaged_run")
