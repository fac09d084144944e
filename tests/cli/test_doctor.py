"""`verm doctor` says what works, and its exit code says whether that suffices."""

import json

import pytest
from typer.testing import CliRunner

from visual_erm import cli
from visual_erm.renderers import sandbox


def doctor(*arguments):
    return CliRunner().invoke(cli.app, ["doctor", *arguments])


def test_every_check_has_a_line():
    result = doctor("--json")
    checks = {check["name"]: check for check in json.loads(result.stdout)["checks"]}
    assert {"python", "matplotlib", "isolation", "browser", "fonts", "reader"} <= set(checks)
    for task in ("chart", "table", "svg"):
        assert checks[task]["state"] == "ok"
        assert "drawn by" in checks[task]["detail"]
    assert checks["reader"]["state"] == "ok"
    assert checks["fonts"]["state"] == "ok"
    assert {check["state"] for check in checks.values()} <= {"ok", "missing", "failed"}
    failed = any(check["state"] == "failed" for check in checks.values())
    assert result.exit_code == (3 if failed else 0)


NOTHING = sandbox.Isolation(0, False, True, False, False, "none", ("read your files",))


@pytest.mark.parametrize(("waiver", "code"), [("full", 3), ("allow-none", 0)])
def test_missing_isolation_fails_unless_waived(monkeypatch, waiver, code):
    monkeypatch.setattr(sandbox, "probe", lambda: NOTHING)
    monkeypatch.setenv(sandbox.ENVIRONMENT_SWITCH, waiver)
    result = doctor()
    assert result.exit_code == code
    assert "untrusted code could read your files" in " ".join(result.stdout.split())
    assert ("not fit to score: isolation" in result.stderr) == (code == 3)


def test_a_check_that_breaks_is_reported(monkeypatch):
    def breaks():
        raise RuntimeError("no such luck")

    monkeypatch.setattr(sandbox, "probe", breaks)
    result = doctor()
    assert result.exit_code == 3
    assert "no such luck" in " ".join(result.stdout.split())
