"""Words of charts: titles, axis labels, and numbers with their units."""

from __future__ import annotations

import random
from collections.abc import Mapping

from visual_erm.data.programs.tables import Language

TITLES: Mapping[Language, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "by": (
            "{measure} by {group_low}",
            "{about}: {measure_low} by {group_low}",
            "{about}\n{measure} by {group_low}",
        ),
        "over": (
            "{measure}, {first}–{last}",
            "{about}: {measure_low}",
            "{measure} over time",
            "{about}, {first}–{last}",
            "{about}\n{measure}, {first} to {last}",
        ),
        "spread": (
            "Distribution of {measure_low}",
            "{about}: {measure_low}",
            "How {measure_low} varies",
        ),
        "spread by": (
            "{measure} by {group_low}",
            "Distribution of {measure_low} by {group_low}",
            "{about}: {measure_low} by {group_low}",
        ),
        "two": (
            "{y} vs. {x_low}",
            "{y} and {x_low}",
            "{about}: {y_low} against {x_low}",
            "{about}\n{y} vs. {x_low}",
        ),
        "about": ("{about}", "{about}: {measure_low}"),
    },
    "zh": {
        "by": ("各{group}的{measure}", "{about}：按{group}统计的{measure}"),
        "over": ("{about}：{measure}", "{first}–{last}年{measure}", "{measure}变化趋势"),
        "spread": ("{measure}的分布", "{about}：{measure}分布"),
        "spread by": ("各{group}{measure}的分布", "{about}：{measure}分布"),
        "two": ("{y}与{x}的关系", "{about}：{y}与{x}"),
        "about": ("{about}",),
    },
    "ja": {
        "by": ("{group}別の{measure}", "{about}：{group}別{measure}"),
        "over": ("{about}：{measure}", "{measure}の推移（{first}–{last}年）"),
        "spread": ("{measure}の分布", "{about}：{measure}"),
        "spread by": ("{group}別{measure}の分布",),
        "two": ("{x}と{y}の関係",),
        "about": ("{about}",),
    },
    "de": {
        "by": ("{measure} nach {group}", "{about}: {measure} nach {group}"),
        "over": ("{about}: {measure}", "{measure}, {first}–{last}"),
        "spread": ("Verteilung: {measure}", "{about}: {measure}"),
        "spread by": ("{measure} nach {group}",),
        "two": ("{y} und {x}", "{about}: {y} und {x}"),
        "about": ("{about}",),
    },
}
WAYS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "mean": "Mean {low}",
        "sum": "Total {low}",
        "max": "Highest {low}",
        "median": "Median {low}",
        "count": "Number of {of}",
        "share": "Share of {of}",
    },
    "zh": {
        "mean": "平均{low}",
        "sum": "{low}总计",
        "max": "最高{low}",
        "median": "{low}中位数",
        "count": "{of}",
        "share": "占比",
    },
    "ja": {
        "mean": "平均{low}",
        "sum": "{low}の合計",
        "max": "最大{low}",
        "median": "{low}の中央値",
        "count": "{of}",
        "share": "割合",
    },
    "de": {
        "mean": "{low} (Mittel)",
        "sum": "{low} (Summe)",
        "max": "{low} (Maximum)",
        "median": "{low} (Median)",
        "count": "{of}",
        "share": "Anteil",
    },
}
"""How a statistic of a measure is called."""

YEAR: Mapping[Language, str] = {"en": "Year", "zh": "年份", "ja": "年", "de": "Jahr"}

OTHER: Mapping[Language, str] = {"en": "Other", "zh": "其他", "ja": "その他", "de": "Sonstige"}


def low(text: str) -> str:
    """Within a sentence: without a capital, unless it is a name or an abbreviation.

    >>> low("Fuel economy"), low("IMDB rating"), low("Rotten Tomatoes score")
    ('fuel economy', 'IMDB rating', 'Rotten Tomatoes score')
    """
    first, *rest = text.split() or [""]
    capital = any(word[:1].isupper() for word in rest)
    if capital or not first[1:].islower():
        return text
    return text[:1].lower() + text[1:]


def title(kind: str, language: Language, rng: random.Random, **words: object) -> str:
    """A title of a kind of view; words in lower case are known by `_low` at their names' end."""
    texts = {name: str(word) for name, word in words.items()}
    lower = low if language == "en" else str
    texts |= {f"{name}_low": lower(text) for name, text in texts.items()}
    return rng.choice(TITLES[language][kind]).format(**texts)


def called(way: str, label: str, of: str, language: Language) -> str:
    """A statistic's name: "Mean fuel economy", "Number of days"."""
    lower = low if language == "en" else str
    return WAYS[language][way].format(low=lower(label), of=of)


def with_unit(label: str, unit: str) -> str:
    """An axis label.

    >>> with_unit("Price", "US$"), with_unit("Deaths", ""), with_unit("Home goals", "goals")
    ('Price (US$)', 'Deaths', 'Home goals')
    """
    plain = unit in ("", "share") or unit.casefold() in label.casefold()
    return label if plain else f"{label} ({unit})"
