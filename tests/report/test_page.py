import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest

from visual_erm import images
from visual_erm.errors import InputError
from visual_erm.report import page
from visual_erm.report.case import Case, summarize
from visual_erm.types import Discrepancy, Failure, JudgeIdentity, Reward, Verdict

HOSTILE = (
    '</code></script><script>document.title="owned"</script><img src=x onerror=alert(1)>"\'{{7*7}}'
)
REFERENCE = np.full((60, 80, 3), 255, np.uint8)
REFERENCE[10:30, 10:40] = 0
CANDIDATE = np.full((60, 80, 3), 255, np.uint8)
CANDIDATE[12:30, 10:40] = (200, 0, 0)


def verdict(*errors):
    return Verdict(task="chart", errors=errors, judge=JudgeIdentity(name="scripted", revision="1"))


ERROR = Discrepancy(
    category="data_error",
    severity=3,
    location="the bar",
    description="too short",
    bbox=(10, 10, 40, 30),
    bbox_prediction=(10, 12, 40, 30),
)
SCORED = Case(
    title="short bar",
    task="chart",
    reference=REFERENCE,
    candidate=CANDIDATE,
    verdict=verdict(ERROR),
    reward=0.625,
    source="plt.bar(1, 2)",
    parts={"severity": 3.0},
    scores={"SSIM": 0.987, "DINO": None},
)
FAILED = Case(
    title="no picture",
    task="svg",
    reference=REFERENCE,
    reward=0.0,
    failure=Failure(kind="policy", stage="render", code="exception", message="NameError: x"),
)
UNSCORED = Case(
    title="judge away",
    task="svg",
    reference=REFERENCE,
    candidate=CANDIDATE,
    failure=Failure(kind="infrastructure", stage="judge", code="timeout", message="no answer"),
)


class Outline(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def hostile_cases():
    error = Discrepancy(
        category=HOSTILE, severity=1, location=HOSTILE, description=HOSTILE, bbox=(1, 1, 9, 9)
    )
    failure = Failure(kind="policy", stage=HOSTILE, code=HOSTILE, message=HOSTILE, detail=HOSTILE)
    return [
        Case(
            title=HOSTILE,
            task="chart",
            reference=REFERENCE,
            candidate=CANDIDATE,
            verdict=verdict(error),
            failure=failure,
            source=HOSTILE,
            parts={HOSTILE: 1.0},
            scores={HOSTILE: 1.0},
            note=HOSTILE,
            group=HOSTILE,
        )
    ]


def test_everything_of_a_case_stands_in_the_page():
    text = page.page([SCORED, FAILED])
    for expected in ("short bar", "0.625", "0.987", "too short", "the bar", "plt.bar(1, 2)"):
        assert expected in text
    assert "NameError: x" in text
    assert "policy fault" in text


def test_boxes_are_in_pixels_of_their_own_picture():
    boxes = Outline(page.page([SCORED])).all("rect")
    places = [tuple(int(box[k]) for k in ("x", "y", "width", "height")) for box in boxes]
    assert places == [(10, 10, 30, 20), (10, 12, 30, 18)]


def test_text_from_a_model_stays_text():
    text = page.page(hostile_cases(), title=HOSTILE, note=HOSTILE)
    outline = Outline(text)
    assert len(outline.all("script")) == 1
    assert all("onerror" not in attributes for _, attributes in outline.tags)
    assert all(a["src"].startswith("data:image/png") for a in outline.all("img") if "src" in a)
    assert "49" not in re.sub(r"base64,[^\"]*", "", text).split("</style>")[1].split("<script>")[0]


def test_the_policy_allows_nothing_but_the_pages_own_style_and_script():
    text = page.page([SCORED])
    policy = next(a["content"] for a in Outline(text).all("meta") if a.get("http-equiv"))
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        inner = re.search(f"<{tag}>(.*?)</{tag}>", text, re.S)[1]
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert all("style" not in attributes for _, attributes in Outline(text).tags)
    assert not re.search(r"https?://", text)


def test_pictures_have_words_and_stand_in_the_page_once():
    text = page.page([SCORED, FAILED, UNSCORED])
    pictures = Outline(text).all("img")
    assert len(pictures) == 5
    assert all(picture["alt"] for picture in pictures)
    assert sum("src" in picture for picture in pictures) == 2
    first = next(picture["src"] for picture in pictures)
    assert (images.load(first) == REFERENCE).all()


def test_an_unscored_case_has_no_reward_and_does_not_enter_the_mean():
    summary = summarize([SCORED, FAILED, UNSCORED])
    assert summary.mean == pytest.approx(0.3125)
    assert (summary.total, summary.rewarded) == (3, 2)
    assert summary.by_status == {"scored": 1, "policy_fault": 1, "infra_fault": 1}
    assert "Mean reward of 2" in page.page([SCORED, FAILED, UNSCORED])


def test_a_case_of_a_reward():
    failure = Failure(kind="judge", stage="judge", code="unreadable", message="no JSON")
    reward = Reward(value=None, status="judge_fault", failure=failure)
    case = Case.of(reward, title="x", task="svg", reference=REFERENCE, candidate=CANDIDATE)
    assert case.status == "judge_fault"
    assert case.reward is None


def test_an_empty_report_and_a_folder_that_is_not_there(tmp_path):
    assert "<article" not in page.page([])
    assert page.write(tmp_path / "page.html", []).exists()
    with pytest.raises(InputError, match="No such file"):
        page.write(tmp_path / "absent" / "page.html", [])


@pytest.mark.browser
def test_in_a_browser_the_script_runs_and_nothing_injected_does(tmp_path):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium")
    cases = [*hostile_cases(), SCORED, FAILED]
    path = page.write(tmp_path / "page.html", cases, title="honest title")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "<title>honest title</title>" in done.stdout
    assert "3 of 3 shown" in done.stdout
    assert done.stdout.count('src="data:image/png') == 5
    assert 'class="tag s3" tabindex="-1" aria-hidden="true" data-error="1"' in done.stdout
    assert "left: 12.5%" in done.stdout


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Ratio of WCAG 2.2; small text needs 4.5."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_in_both_schemes(scheme):
    style = re.search("<style>(.*?)</style>", page.page([]), re.S)[1]
    root = re.findall(r":root \{(.*?)\}", style, re.S)[scheme]
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", root))
    for text in ("ink", "dim", "accent", "good"):
        assert contrast(colours[text], colours["card"]) > 4.5, text
    for text in ("ink", "dim"):
        assert contrast(colours[text], colours["paper"]) > 4.5, text
    for badge in ("s1", "s2", "s3"):
        assert contrast("#ffffff", colours[badge]) > 4.5, badge
