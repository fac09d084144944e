import httpx
import pytest
from served import png, square

pytestmark = pytest.mark.browser
OWNED = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture
def page(browser, server):
    """The page, open; nothing may be said on its console, nothing asked of other servers."""
    context = browser.new_context(viewport={"width": 1100, "height": 800}, reduced_motion="reduce")
    opened = context.new_page()
    said, asked = [], []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(server.url)
    yield opened
    # Chromium itself notes every answer that is no success
    assert [words for words in said if not words.startswith("Failed to load resource")] == []
    assert all(url.startswith((server.url, "blob:", "data:")) for url in asked)
    context.close()


def test_the_page_stands_alone_and_its_policy_allows_nothing_else(server):
    answer = httpx.get(server.url)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy.replace("http://www.w3.org", "")
    for outside in ('src="http', "src='http", "@import", "url(", ' style="', " onclick="):
        assert outside not in answer.text


def test_an_example_by_keyboard_alone_and_boxes_and_errors_point_at_each_other(page):
    page.locator("[data-example='svg/mushroom']").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#result .case")
    assert page.evaluate("document.activeElement.id") == "result"
    errors, boxes = page.locator("button.error"), page.locator("rect.box")
    assert errors.count() >= 1 and boxes.count() >= errors.count()
    page.keyboard.press("Tab")  # the attempts at the example, the views, then the errors
    while "error" not in page.evaluate("document.activeElement.className"):
        page.keyboard.press("Tab")
    assert page.locator("rect.box.on").count() >= 1
    assert page.locator("rect.box.on").first.get_attribute("data-error") == "1"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    pinned = page.locator("button.error[aria-pressed=true]")
    assert pinned.count() == 1
    page.keyboard.press("Enter")
    assert pinned.count() == 0
    # and back: a number in a picture marks its error
    page.locator(".canvas .tag").first.click()
    number = page.locator(".canvas .tag").first.get_attribute("data-error")
    assert page.locator(f"button.error[data-error='{number}'].on").count() == 1
    for mode in ("slider", "heat", "blink", "side"):
        page.locator(f"[data-mode={mode}]").focus()
        page.keyboard.press("Space")
        assert page.locator(f"[data-mode={mode}]").get_attribute("aria-pressed") == "true"
    assert "reward" in page.locator("output").inner_text()


def test_two_pictures_dropped_are_compared_and_what_is_wrong_is_said(page, tmp_path):
    page.locator("button.main").click()
    assert "reference picture is missing" in page.locator("output").inner_text()
    (tmp_path / "a.png").write_bytes(png(square(10)))
    (tmp_path / "b.png").write_bytes(png(square(26)))
    (tmp_path / "c.svg").write_text("<svg/>")
    page.locator("input[name=reference]").set_input_files(tmp_path / "a.png")
    page.locator("input[name=prediction]").set_input_files(tmp_path / "c.svg")
    page.get_by_role("radio", name="SVG").check()
    page.locator("button.main").click()
    page.wait_for_selector("#result .failure")
    assert "is an SVG, which is a source" in page.locator("#result .failure").inner_text()
    drop(page, (tmp_path / "b.png").read_bytes())
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#result button.error")
    assert page.locator("#result .picture img").count() == 2


def drop(page, content):
    """A file, dropped on the attempt."""
    page.evaluate(
        """(bytes) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "b.png", { type: "image/png" }));
            const more = { dataTransfer: data, bubbles: true, cancelable: true };
            const event = new DragEvent("drop", more);
            document.querySelector("[data-input=prediction]").dispatchEvent(event);
        }""",
        list(content),
    )


def test_what_a_model_wrote_stays_text(page, tmp_path):
    (tmp_path / "a.png").write_bytes(png(square(10)))
    page.locator("input[name=reference]").set_input_files(tmp_path / "a.png")
    page.get_by_role("radio", name="SVG").check()
    page.get_by_role("radio", name="Source").check()
    page.locator("textarea").fill(f"```svg\n<svg {OWNED}\n```")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#result .failure")
    assert "nothing was drawn" in page.locator("#result").inner_text()
    assert OWNED in page.locator("#result pre code").text_content()
    assert page.title() == "visual-erm"


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1400)])
def test_it_fits_narrow_and_wide_in_light_and_dark(browser, server, scheme, width):
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 700})
    page = context.new_page()
    page.goto(server.url)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (int(light.split("(")[1].split(",")[0]) > 128) == (scheme == "light")
    context.close()
