"""The viewer, in Chromium and from disk: what it shows, what it keeps, what it never runs."""

import json
import re

import numpy as np
import pytest

from visual_erm.errors import ImageError, InputError
from visual_erm.report import checks, view
from visual_erm.report.runs import Item, RunFolder, read
from visual_erm.types import Discrepancy, Failure, JudgeIdentity, Verdict

OWNED = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
)
REFERENCE = np.full((60, 90, 3), 255, np.uint8)
REFERENCE[10:30, 10:40] = (20, 90, 160)


def picture(shade):
    made = REFERENCE.copy()
    made[12:30, 14:44] = (200, shade, 0)
    return made


def verdict(name, *severities):
    errors = [
        Discrepancy(
            category=("shape_error", "style_error")[at % 2],
            severity=severity,
            location=f"part {at}",
            description=OWNED if at == 0 else f"error {at}",
            bbox=(10, 10, 40, 30),
            bbox_prediction=(14, 12, 44, 30) if at == 0 else None,
        )
        for at, severity in enumerate(severities)
    ]
    return Verdict(task="svg", errors=tuple(errors), judge=JudgeIdentity(name=name))


def made_items():
    judged = [
        Item(
            id=f"rollout/{n}",
            task="svg",
            reference=REFERENCE,
            candidate=picture(n % 200),
            source=f"<svg>\n<rect/>\n{OWNED}\n</svg>",
            verdict=verdict("embedded", *(3, 1)[: 1 + n % 2]),
            second=verdict("truth", 3) if n % 10 == 0 else None,
            reward=(n % 7) / 7,
            parts={"severity": 3.0},
            group=f"prompt {n // 8}",
            blame={1: (2,)},
            metadata={OWNED: [1]},
        )
        for n in range(120)
    ]
    lost = Failure(kind="policy", stage="render", code="exception", message=OWNED, detail=OWNED)
    rounds = [
        Item(id=f"refined#{n}", task="chart", reference=REFERENCE, group="refined", round=n)
        for n in (2, 0, 1)
    ]
    failed = Item(id=OWNED, task="svg", reference=REFERENCE, failure=lost, reward=0.0, note=OWNED)
    return [*judged, *rounds, failed]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("view")
    with RunFolder(folder / "run") as run:
        for item in made_items():
            run.add(item)
    return view.write(folder / "page.html", read(folder / "run"), title="a <run>")


@pytest.fixture
def page(browser, made):
    """The page, open; nothing may be said on its console, nothing asked of anybody."""
    context = browser.new_context(
        viewport={"width": 1300, "height": 800}, reduced_motion="reduce", accept_downloads=True
    )
    opened = context.new_page()
    said, asked = [], []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(made.path.as_uri())
    opened.wait_for_selector(".row img[src]")
    yield opened
    assert said == []
    assert opened.title() == "a <run>"
    assert all(url.startswith(("file:", "blob:", "data:")) for url in asked)
    context.close()


def test_pictures_stand_in_the_page_once_and_text_cannot_leave_its_block(made):
    text = made.path.read_text()
    assert made.pictures == 121 == text.count('type="text/plain"')
    assert text.count("<script") == 123
    assert OWNED not in text and "onerror" in text
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert " style=" not in text.split("<script")[0]


@pytest.mark.browser
def test_only_visible_rows_are_drawn_and_filters_sort_and_keys_find_the_rest(page):
    assert page.locator(".row").count() < 40
    assert page.locator("#filters output").inner_text() == "124 of 124"
    page.locator("#list").evaluate("list => { list.scrollTop = 1e9; }")
    page.wait_for_selector("text=policy fault")
    assert page.locator(".row").count() < 40
    page.select_option("[name=status]", "policy_fault")
    assert page.locator(".row").count() == 1
    page.locator(".row").click()
    assert OWNED in page.locator("#case .failure").inner_text()
    assert page.locator("#case .canvas.none").count() == 1
    page.get_by_role("button", name="Clear").click()
    page.keyboard.press("/")
    page.keyboard.type("refined#")
    assert [row.text_content() for row in page.locator(".row .words b").all()] == [
        "refined#0",
        "refined#1",
        "refined#2",
    ]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear").click()
    page.select_option("[name=differ]", "1")
    assert page.locator("#filters output").inner_text() == "0 of 124"
    page.get_by_role("button", name="Clear").click()
    page.select_option("[name=category]", "style_error")
    page.select_option("[name=sort]", "low")
    assert page.locator("#filters output").inner_text() == "60 of 124"
    assert page.locator(".row .worth b").first.inner_text() == "0.00"


@pytest.mark.browser
def test_boxes_errors_and_lines_point_at_each_other_and_the_views_differ(page):
    assert page.locator("#case h2").inner_text().startswith("rollout/0")
    page.keyboard.press("j")
    page.keyboard.press("1")
    assert page.locator("rect.box.on").count() == 2
    assert page.locator(".line.on").get_attribute("data-line") == "2"
    page.keyboard.press("Escape")
    page.locator(".line.blamed").click()
    assert page.locator(".error[aria-pressed=true]").get_attribute("data-error") == "1"
    page.locator(".canvas .tag[data-error='2']").first.click(force=True)
    assert page.locator(".error[aria-pressed=true]").get_attribute("data-error") == "2"
    for key, name in (("s", "slider"), ("b", "blink"), ("d", "heat")):
        page.keyboard.press(key)
        assert name in page.locator(".pictures").get_attribute("class")
    colours = """() => { const c = document.querySelector(".heatmap"), x = c.getContext("2d");
        return [[2, 2], [42, 29]].map(([a, b]) => [...x.getImageData(a, b, 1, 1).data]); }"""
    page.wait_for_function("document.querySelector('.heatmap').width === 90")
    same, other = page.evaluate(colours)
    assert same[0] == same[1] == same[2] and other[0] > other[2] + 60
    assert page.locator(".sibling").count() == 8
    page.keyboard.press("ArrowRight")
    assert page.locator("#case h2").inner_text().startswith("rollout/8")
    page.reload()
    assert page.locator("#case h2").inner_text().startswith("rollout/8")
    page.keyboard.press("?")
    assert "accept the error" in page.locator("dialog[open]").inner_text()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens a page of some items; nothing may be said on its console."""
    said = []

    def open_page(items, **options):
        made = view.write(tmp_path / "page.html", items, title="some", **options)
        page = browser.new_page(viewport={"width": 1300, "height": 800}, reduced_motion="reduce")
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(made.path.as_uri())
        pages.append(page)
        return page

    pages = []
    yield open_page
    for page in pages:
        page.close()
    assert said == []


@pytest.mark.browser
def test_a_verdict_beside_the_truth_says_what_is_matched_false_and_missed(opened):
    common = {"task": "svg", "reference": REFERENCE, "candidate": picture(9), "reward": 0.5}
    judged, truth = verdict("embedded", 3, 1), verdict("truth", 2, 2, 1)
    beside = {"verdict": judged, "second": truth, "tags": ("edit", "moved")}
    right = verdict("embedded", 2)
    page = opened(
        [
            Item(id="a", **common, **beside, matches=((2, 3),)),
            Item(id="b", **common, verdict=right, second=verdict("truth", 2), matches=((1, 1),)),
            Item(id="lost", **common, second=truth),
        ]
    )
    assert page.locator(".tally").inner_text() == "1 matched, 1 false, 2 missed"
    rows = page.locator(".error")
    assert rows.count() == 4
    assert rows.nth(0).locator(".match").inner_text() == "false"
    assert "matched truth 3, shape error, severity 1" in rows.nth(1).inner_text()
    # what was missed has boxes of its own, with dashes
    assert page.locator("rect.overlooked").count() == 3
    page.keyboard.press("p")
    assert page.locator("rect.box.on").get_attribute("class") == "box s2 overlooked on"
    page.keyboard.press("a")
    assert "missed" in page.locator("#said").inner_text()
    page.keyboard.press("w")
    assert [one.inner_text() for one in page.locator(".match").all()[:2]] == ["missed", "missed"]
    assert page.locator("rect.overlooked").count() == 0
    page.select_option("[name=match]", "right")
    assert page.locator("#filters output").inner_text() == "1 of 3"
    page.select_option("[name=match]", "missed")
    page.select_option("[name=tag]", "moved")
    assert page.locator("#filters output").inner_text() == "1 of 3"
    page.get_by_role("button", name="Clear").click()
    page.locator("[data-id=lost]").click()
    assert "Nobody has judged this item" in page.locator("#case").inner_text()
    assert page.locator(".decisions").count() == 0


@pytest.mark.browser
def test_a_page_opens_with_its_figures_and_one_item_needs_no_list(opened):
    one = Item(id="a", task="svg", reference=REFERENCE, scores={"SSIM": 0.5, "DINO": None})
    page = opened([one, one.model_copy(update={"id": "b"})], front="<p class=lead>.9 of it</p>")
    assert page.locator(".front .lead").is_visible() and not page.locator("#case").is_visible()
    page.keyboard.press("j")  # moves nothing that cannot be seen
    page.keyboard.press("f")
    assert page.locator("#case h2").inner_text().startswith("a")
    assert not page.locator(".front").is_visible()
    # nobody is paid here: no reward is shown, but other scores are
    scores = [score.inner_text() for score in page.locator(".heading .score").all()]
    assert scores == ["SSIM\n0.500", "DINO\n–"]
    assert page.locator(".heading .reward, .row .meter").count() == 0
    page.get_by_role("button", name="Figures").click()
    assert page.locator(".front .lead").is_visible()
    alone = opened([one])
    assert alone.locator("#case").is_visible()
    assert not alone.locator("#list, #filters").first.is_visible()


@pytest.mark.browser
def test_what_a_person_says_is_kept_exported_and_read(page, tmp_path):
    page.keyboard.press("j")
    page.keyboard.press("1")
    page.keyboard.press("r")
    page.keyboard.press("n")
    page.keyboard.press("e")
    page.select_option("dialog [name=severity]", "3")
    page.get_by_role("button", name="Keep").click()
    page.keyboard.press("m")
    page.fill("dialog textarea", "no shadow")
    page.get_by_role("button", name="Keep").click()
    page.keyboard.press("Enter")
    assert page.locator("#case h2").inner_text().startswith("rollout/2")
    page.reload()  # what was said stays in the browser
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Export").click()
    assert "Write your name" in page.locator("#said").inner_text()
    page.fill("[name=who]", "Ada")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    said = checks.read(path)
    assert (path.name, said.annotator) == ("checks-Ada.json", "Ada")
    one, two = said.finished["rollout/1"], said.finished["rollout/2"]
    assert [error.decision for error in one.errors] == ["reject", "correct"]
    assert [(e.severity, e.description) for e in one.kept] == [(3, "error 1"), (2, "no shadow")]
    assert [error.decision for error in two.errors] == ["accept"]
    # and back, into a browser that knows nothing of it
    page.evaluate("localStorage.clear()")
    page.reload()
    assert "nothing checked" in page.locator(".checks output").inner_text()
    page.locator(".checks [type=file]").set_input_files(path)
    page.wait_for_selector("text=2 of 124 checked")


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1400)])
def test_it_fits_narrow_and_wide_in_light_and_dark(browser, made, scheme, width):
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 700})
    page = context.new_page()
    page.goto(made.path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shade = "Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])"
    assert (page.evaluate(shade) > 128) == (scheme == "light")
    page.keyboard.press("t")
    page.keyboard.press("t") if scheme == "light" else None
    assert (page.evaluate(shade) > 128) == (scheme == "dark")
    context.close()


def test_a_page_that_cannot_be_written_and_pictures_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="cannot write"):
        view.write(tmp_path / "absent" / "page.html", [], title="")
    broken = Item(id="a", task="svg", reference=b"junk")
    with pytest.raises(ImageError, match="reference of a"):
        view.write(tmp_path / "page.html", [broken], title="")
    with RunFolder(tmp_path / "run") as run:
        run.add(Item(id="a", task="svg", reference=REFERENCE))
    next((tmp_path / "run" / "pictures").iterdir()).write_bytes(b"<svg onload=alert(1)>")
    with pytest.raises(ImageError, match="is an SVG"):
        view.write(tmp_path / "page.html", read(tmp_path / "run"), title="")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not valid JSON"),
        ("[]", "no file of checks"),
        (json.dumps({"format": "visual-erm checks"}), "annotator: Field required"),
    ],
)
def test_files_that_are_no_checks(tmp_path, content, words):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputError, match=words):
        checks.read(tmp_path / "a.json")
