"""What of a style may be drawn, and that the rest is gone and named."""

import pytest
import tinycss2

from visual_erm.renderers.job import Rejected
from visual_erm.renderers.table_css import MAX_CSS, SHEET, Styles


def rules(text):
    styles = Styles()
    styles.add(text)
    return styles


@pytest.mark.parametrize(
    "kept",
    [
        "color:#ffffff",
        "background-color:rgba(1,2,3,0.5)",
        "background:linear-gradient(90deg,#d65f5f 50%,transparent 50%)",
        "border-bottom:2px solid black",
        "display:none",
        "visibility:hidden",
        "opacity:0",
        "width:10em",
        "font-weight:700",
        "writing-mode:vertical-rl",
        "transform:rotate(-90deg)",
        "color:red!important",
    ],
)
def test_looks_are_kept(kept):
    assert Styles().declarations(kept) == kept


@pytest.mark.parametrize(
    "bad",
    [
        "background:url(http://127.0.0.1/a.png)",
        "background:url('file:///etc/passwd')",
        "background:URL(x)",
        r"background:\75 rl(x)",
        "background-image:image-set('a.png' 1x)",
        "background-image:-webkit-image-set(url(a) 1x)",
        "background:element(#a)",
        "content:url(x)",
        "content:attr(title)",
        "border-image:url(x) 1",
        "list-style-image:url(x)",
        "cursor:url(x),auto",
        "filter:blur(1px)",
        "backdrop-filter:blur(1px)",
        "mask:url(x)",
        "clip-path:circle(1px)",
        "behavior:url(x)",
        "-moz-binding:url(x)",
        "color:expression(alert(1))",
        "animation:k 1ms infinite",
        "position:fixed",
        "position:absolute",
        "transform:scale(99999)",
        "transform:rotate(1deg) translate(9px)",
        "width:1000000px",
        "width:1e9px",
        "font-size:90000px",
        "font:900px x",
        "box-shadow:0 0 9999px red",
        "grid-template-columns:repeat(99999,1fr)",
        "zoom:9",
        "src:local(x)",
    ],
)
def test_what_fetches_moves_or_grows_is_dropped(bad):
    assert Styles().declarations(f"color:red;{bad};text-align:right") in (
        "color:red;text-align:right",
        "color:red",
    )


def test_at_rules_that_fetch_or_move_are_dropped():
    styles = rules(
        "@import url(x); @import 'y'; @font-face{font-family:x;src:url(y)}"
        "@keyframes k{from{opacity:0}} @supports (color:red){td{color:red}} td{color:blue}"
    )
    assert styles.rules == [f"{SHEET} td{{color:blue}}"]
    assert styles.dropped == {"@import", "@font-face", "@keyframes", "@supports"}


@pytest.mark.parametrize(
    ("media", "holds"),
    [
        ("screen", True),
        ("all", True),
        ("print", False),
        ("(max-width: 600px)", False),
        ("screen and (min-width: 600px)", True),
        ("(prefers-color-scheme: dark)", False),
        ("print, screen", True),
    ],
)
def test_media(media, holds):
    assert bool(rules(f"@media {media} {{ td {{ color: red }} }}").rules) == holds


def test_styles_cannot_leave_the_sheet():
    text = """
    * { color: red } body { color: red } html > body .a { color: red } :root { color: red }
    #verm-page, body.x td { color: red } > td { color: red }
    """
    for rule in rules(text).rules:
        for selector in rule.partition("{")[0].split(","):
            assert selector.startswith(SHEET), selector


@pytest.mark.parametrize("pseudo", [":hover", ":focus", ":has(td)", "::selection", ":not(:hover)"])
def test_what_never_holds_or_costs_much(pseudo):
    assert rules(f"td{pseudo}, th {{ color: red }}").rules == [f"{SHEET} th{{color:red}}"]


def test_selectors_of_pandas():
    text = "#T_ab1 thead th {color: blue;} #T_ab1_row0_col1, #T_ab1_row1_col1 {color: red;}"
    assert rules(text).rules == [
        f"{SHEET} #T_ab1 thead th{{color:blue}}",
        f"{SHEET} #T_ab1_row0_col1,{SHEET} #T_ab1_row1_col1{{color:red}}",
    ]


@pytest.mark.parametrize(
    "text",
    [
        'td::after{content:"</style><script>x()</script>"}',
        "td[x='</style>']{color:red}",
        "td{font-family:'</style>'}",
        "td{--x:'</style>'}",
        "</style><script>{color:red}",
        "td{color:red}}}</style>{",
        "td{color:re\\\nd;x:'unclosed\n}",
        "td{color:red;/*",
    ],
)
def test_a_style_sheet_never_ends_early(text):
    css = "".join(rules(text).rules)
    assert "<" not in css
    parsed = tinycss2.parse_stylesheet(css, skip_whitespace=True)
    assert all(rule.type == "qualified-rule" for rule in parsed)


def test_variables_do_not_multiply():
    bomb = ":root{--a:red;" + "".join(f"--b{i}:var(--a)var(--a);" for i in range(50)) + "}"
    assert rules(bomb).rules == [f"{SHEET}{{--a:red}}"]


def test_too_much_is_refused():
    with pytest.raises(Rejected):
        rules("a" * (MAX_CSS + 1))
    with pytest.raises(Rejected):
        rules(",".join("a" for _ in range(50_000)) + "{color:red}")


def test_nesting_ends():
    assert rules("@media all{" * 200 + "td{color:red}" + "}" * 200).rules == []
    assert rules("td" + ":not(" * 300 + "a" + ")" * 300 + "{color:red}").rules == []
    assert Styles().declarations("width:" + "calc(" * 500 + "1px" + ")" * 500) == ""


def test_what_an_author_says_of_lines_and_colours():
    plain = rules("td { padding: 1px; border-color: red }")
    assert (plain.borders, plain.colours) == (False, False)
    lined = rules("th { border-bottom: 1px solid }")
    assert (lined.borders, lined.colours) == (True, False)
    assert rules("td { background: red }").colours


def test_fonts_are_those_of_the_set():
    assert Styles().declarations("font-family: Times, 'Courier New', x") == (
        "font-family:'DejaVu Serif','DejaVu Sans Mono','DejaVu Sans','Noto Sans CJK SC'"
    )
