"""Replies are read without guessing: every mending is named, every fault keeps the raw reply."""

import contextlib
import gc
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visual_erm.errors import JudgeFault
from visual_erm.judges.parse import MAX_REPLY, read_record, read_reply, to_wire
from visual_erm.types import CATEGORIES, TASKS, Discrepancy, JudgeIdentity, Verdict

WHO = JudgeIdentity(name="test")
ERROR = {"category": "text_error", "severity": 2, "location": "Title", "description": "typo"}
GOOD = {
    "structure_error_count": 0,
    "data_error_count": 0,
    "text_error_count": 1,
    "style_error_count": 0,
    "errors": [ERROR],
}
TEXT = json.dumps(GOOD, indent=1)


def read(reply, task="chart", **options):
    return read_reply(reply, task, WHO, **options)


def fault(reply, task="chart", **options):
    with pytest.raises(JudgeFault) as caught:
        read(reply, task, **options)
    failure = caught.value.failure
    assert (failure.kind, failure.stage) == ("judge", "judge")
    assert failure.detail or not reply.strip() or failure.code == "empty"
    return failure


def test_a_clean_reply_needs_no_repair():
    verdict = read(TEXT)
    assert [error.model_dump(exclude_none=True) for error in verdict.errors] == [ERROR]
    assert verdict.repairs == ()
    assert (verdict.raw, verdict.finish, verdict.severity) == (TEXT, "stop", 2)


@pytest.mark.parametrize(
    "reply",
    [
        f"```json\n{TEXT}\n```",
        f"Here is my verdict:\n{TEXT}\nI hope {{that}} helps.",
        f"The sets {{a, b}} and [1] differ. ```{TEXT}```",
        f"<think>maybe {{'errors': []}} or {json.dumps({'errors': []})}</think>{TEXT}",
        f"\n\n{' ' * 200_000}{TEXT}{' ' * 200_000}",
        TEXT.replace("typo", "ty\n\tpo"),
    ],
)
def test_wrapping_is_removed(reply):
    verdict = read(reply)
    assert len(verdict.errors) == 1
    assert verdict.severity == 2


def test_an_unclosed_thought_is_no_verdict():
    assert fault(f"<think>perhaps {TEXT}").code == "unreadable"


def test_a_thinking_mark_inside_a_description():
    reply = json.dumps({"errors": [{**ERROR, "description": 'label reads "</think>"'}]})
    assert read(reply).errors[0].description == 'label reads "</think>"'


@pytest.mark.parametrize(
    ("severity", "value"),
    [
        ("2", 2),
        (2.0, 2),
        (" 3 ", 3),
        ("medium", 2),
        ("Severe", 3),
        ("1 (minor)", 1),
        ("3 - severe", 3),
    ],
)
def test_severities_that_can_be_read(severity, value):
    verdict = read(json.dumps({"errors": [{**ERROR, "severity": severity}]}))
    assert verdict.errors[0].severity == value
    assert any("severity" in repair for repair in verdict.repairs)


@pytest.mark.parametrize(
    "severity", [0, 4, 5, -1, 2.5, True, None, "", "high", "1 | 2 | 3", "1 (severe)", [2], 10**30]
)
def test_severities_out_of_range_are_refused_or_dropped(severity):
    reply = json.dumps({"errors": [ERROR, {**ERROR, "severity": severity}]})
    failure = fault(reply)
    assert failure.code == "unreadable"
    assert "severity must be 1, 2 or 3" in failure.message
    assert "error 2 of 2" in failure.message
    kept = read(reply, on_bad="drop")
    assert [error.severity for error in kept.errors] == [2]
    assert any("dropped" in repair for repair in kept.repairs)


@pytest.mark.parametrize(
    ("task", "stated", "name"),
    [
        ("chart", "Text Error", "text_error"),
        ("chart", "text", "text_error"),
        ("table", "numeric-error", "numeric_error"),
        ("svg", "text_symbol", "text_symbol_error"),
        ("svg", "other_error", "other_error"),
    ],
)
def test_categories_that_can_be_read(task, stated, name):
    assert read(json.dumps({"errors": [{**ERROR, "category": stated}]}), task).errors[
        0
    ].category == (name)


@pytest.mark.parametrize("stated", ["color_error", "other_error", "", 3, None, "text_error|x"])
def test_unknown_categories_are_refused(stated):
    reply = json.dumps({"errors": [{**ERROR, "category": stated}]})
    assert fault(reply).code == "unreadable"
    assert read(reply, on_bad="drop").errors == ()


def test_type_stands_for_category_unless_they_disagree():
    item = {"type": "text_error", "severity": 1}
    assert read(json.dumps({"errors": [item]})).errors[0].category == "text_error"
    both = {**item, "category": "data_error"}
    assert fault(json.dumps({"errors": [both]})).code == "unreadable"


def test_wrong_counts_are_noted_and_the_list_wins():
    verdict = read(json.dumps({**GOOD, "data_error_count": "7"}))
    assert verdict.counts["data_error"] == 0
    assert verdict.repairs == ("data_error_count says 7, 0 listed",)


def test_no_list_is_no_verdict_unless_all_counts_are_zero():
    zeros = {f"{name}_count": 0 for name in CATEGORIES["chart"]}
    assert read(json.dumps(zeros)).errors == ()
    assert read(json.dumps(zeros)).repairs
    assert fault(json.dumps({**zeros, "text_error_count": 1})).code == "unreadable"
    assert fault(json.dumps({"text_error_count": 0})).code == "unreadable"
    assert fault('{"errors": {"a": 1}}').code == "unreadable"
    assert fault('{"errors": null}').code == "unreadable"


@pytest.mark.parametrize(
    "reply", ["The pictures are equal.", "see []", "{}", "null", "[1, 2]", "5", '{"errors": NaN}']
)
def test_prose_is_not_a_verdict_of_no_errors(reply):
    assert fault(reply).code == "unreadable"


def test_bare_lists():
    assert read(json.dumps([ERROR])).severity == 2
    assert read("```json\n[]\n```").errors == ()
    assert read("[]").repairs == ("a bare list of errors",)


@pytest.mark.parametrize("reply", ["", "  \n"])
def test_empty(reply):
    assert fault(reply).code == "empty"


def test_too_large():
    assert fault("x" * (MAX_REPLY + 1)).code == "too_large"


def test_trailing_commas_are_removed():
    verdict = read('{"errors": [{"category": "text_error", "severity": 1, "description": ",]"},],}')
    assert verdict.errors[0].description == ",]"
    assert verdict.repairs == ("removed trailing commas",)


def test_duplicate_keys():
    same = '{"errors": [{"category": "text_error", "severity": 1, "severity": 1}]}'
    assert read(same).repairs == ('key "severity" twice',)
    assert fault(same.replace("1}", "3}")).code == "unreadable"


def test_the_last_of_several_verdicts_counts():
    verdict = read(f'First: {{"errors": []}} then {TEXT}')
    assert verdict.severity == 2
    assert "2 verdicts" in verdict.repairs[0]


class TestCutReplies:
    def test_complete_errors_are_kept_and_that_is_said(self):
        whole = json.dumps({**GOOD, "text_error_count": 3, "errors": [ERROR] * 3})
        verdict = read(whole[:-30], finish="length")
        assert len(verdict.errors) == 2
        assert verdict.finish == "length"
        assert any("was cut" in repair for repair in verdict.repairs)
        assert "text_error_count says 3, 2 kept" in verdict.repairs

    def test_nothing_complete(self):
        assert fault(TEXT[:60]).code == "truncated"
        assert fault('{"errors": [').code == "truncated"
        assert fault('{"errors": [{"category": "text_err', finish="length").code == "truncated"

    def test_never_fewer_than_said_without_a_mark(self):
        whole = json.dumps({"errors": [ERROR] * 4})
        for stop in range(1, len(whole)):
            try:
                verdict = read(whole[:stop])
            except JudgeFault:
                continue
            assert verdict.finish == "length"
            assert len(verdict.errors) == whole[:stop].count("}")


def test_boxes_and_grounding():
    item = {**ERROR, "bbox": [1, 2, 3.4, 4], "bbox_prediction": [5, 5, 1, 1], "grounded": "unknown"}
    verdict = read(json.dumps({"errors": [item]}))
    assert verdict.errors[0].bbox == (1, 2, 3, 4)
    assert verdict.errors[0].bbox_prediction is None
    assert verdict.errors[0].grounded == "unknown"
    assert verdict.repairs == ("left out a bbox_prediction that is no box",)
    # shares of the picture's sides: rounded, they would be its first pixel
    shares = read(json.dumps({"errors": [{**ERROR, "bbox": [0.1, 0.2, 0.4, 0.9]}]}))
    assert shares.errors[0].bbox is None and len(shares.repairs) == 1


def test_records_of_official_files():
    human = [{"type": "layout_error", "severity": 3, "description": "column gone"}]
    assert read_record(human, "table", WHO).severity == 3
    assert read_record(GOOD, "chart", WHO).severity == 2
    for value in (None, "x", 5, {"a": 1}):
        with pytest.raises(JudgeFault):
            read_record(value, "table", WHO)


def test_wire_formats():
    chart = to_wire(read(TEXT))
    assert chart == GOOD
    table = to_wire(read_record([{"type": "numeric_error", "severity": 1}], "table", WHO))
    assert list(table) == [
        "layout_error_count",
        "text_error_count",
        "numeric_error_count",
        "errors",
    ]
    assert table["errors"] == [{"type": "numeric_error", "description": "", "severity": 1}]


@st.composite
def verdicts(draw):
    task = draw(st.sampled_from(TASKS))
    errors = st.builds(
        Discrepancy,
        category=st.sampled_from(CATEGORIES[task]),
        severity=st.sampled_from([1, 2, 3]),
        location=st.just("") if task == "table" else st.text(max_size=20),
        description=st.text(max_size=40),
    )
    return Verdict(task=task, errors=tuple(draw(st.lists(errors, max_size=6))), judge=WHO)


@settings(max_examples=150)
@given(verdicts(), st.sampled_from(["", "```json\n", "Result: "]))
def test_what_is_written_is_read_back(verdict, prefix):
    reply = prefix + json.dumps(to_wire(verdict)) + ("\n```" if "`" in prefix else "")
    again = read_reply(reply, verdict.task, WHO)
    assert again.errors == verdict.errors
    assert again.repairs == ()


PIECES = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        '"',
        "errors",
        '"errors":',
        ",",
        ":",
        "1",
        "null",
        " ",
        "\\",
        "```",
        "\x00",
        "<think>",
        "</think>",
        json.dumps(ERROR),
        '"severity": 2',
        '"category": "text_error"',
        "é",
    ]
)


@settings(max_examples=500)
@given(st.lists(PIECES, max_size=40), st.sampled_from(TASKS), st.sampled_from(["refuse", "drop"]))
def test_any_reply_gives_a_verdict_or_a_judge_fault(pieces, task, on_bad):
    reply = "".join(pieces)
    try:
        verdict = read_reply(reply, task, WHO, on_bad=on_bad)
    except JudgeFault as caught:
        assert caught.failure.code in {"empty", "truncated", "unreadable"}
        return
    assert all(error.severity in (1, 2, 3) for error in verdict.errors)
    Verdict.model_validate_json(verdict.model_dump_json())


@pytest.mark.parametrize(
    "unit",
    [
        "{",
        "[",
        '{"a":',
        '{"a":[',
        "{} ",
        '{"',
        '"',
        "\\",
        " ",
        "<think>",
        "</think>",
        '{"errors": [',
        '{"errors": []} ',
        '{"severity": 1},',
        "[{",
        "}",
        '{ "x" ',
        ",",
        "{\n",
        '"errors": [{"a":1},',
    ],
)
def test_time_is_linear(unit):
    def seconds(size):
        reply = '{"errors": [' + unit * (size // len(unit))
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            for text in (reply, reply[12:]):
                with contextlib.suppress(JudgeFault):
                    read(text)
            best = min(best, time.process_time() - start)
        return best

    # linear is 8; quadratic is 64. The collector walks whatever else the test process holds, which
    # is not this function's cost, and it sets in between the two sizes.
    gc.collect()
    gc.disable()
    try:
        assert seconds(80_000) / max(seconds(10_000), 0.002) < 30
    finally:
        gc.enable()
