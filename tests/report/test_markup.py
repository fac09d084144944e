import base64
import hashlib
import re

import pytest

from visual_erm.report.markup import assets, content_hash, environment


def test_a_template_escapes_what_is_put_into_it():
    text = environment().get_template("runs.html").render(names=["<b>"], style="")
    assert "&lt;b&gt;" in text and "<b>" not in text


def test_a_policy_names_a_script_by_its_hash():
    digest = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    assert content_hash("x") == f"sha256-{digest}"


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
    pairs = re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", assets("look.css")
    )
    colours = {name: both[scheme] for name, *both in pairs}
    for text in ("ink", "dim", "accent", "good", "wrong"):
        assert contrast(colours[text], colours["card"]) > 4.5, text
    for text in ("ink", "dim", "wrong"):
        assert contrast(colours[text], colours["paper"]) > 4.5, text
    assert contrast(colours["accent"], colours["soft"]) > 4.5
    assert contrast(colours["on-accent"], colours["accent"]) > 4.5
    for badge in ("s1", "s2", "s3"):
        assert contrast("#ffffff", colours[badge]) > 4.5, badge
