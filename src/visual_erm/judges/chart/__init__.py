"""The chart judge: takes a picture of a chart apart, and says what differs between two of them.

`see` finds panels, texts with their roles, scales and legends; `differ` compares two such scenes
in the order structure, texts, data, style, so that one cause swallows what merely follows from it,
and at last asks what differs beyond noise and was explained by nothing.

It knows no chart library. What it cannot see: differences below a pixel or two, marks hidden
behind others, text below about 6 pixels, three-dimensional plots as such.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from visual_erm import images
from visual_erm.align import Placement, centre, holds
from visual_erm.judges import copies
from visual_erm.judges.chart import insets, legends, roles
from visual_erm.judges.chart.autoscale import followers
from visual_erm.judges.chart.axes import read_axes
from visual_erm.judges.chart.bare import with_frames_of, without_axes
from visual_erm.judges.chart.exact import compare_exactly
from visual_erm.judges.chart.marks import compare_marks, laid
from visual_erm.judges.chart.panels import all_drawn, figure_background, find_panels
from visual_erm.judges.chart.places import match_panels
from visual_erm.judges.chart.plots import (
    EMPTY,
    emptied,
    mirrored,
    not_mirrored,
    on_one_paper,
    redone,
)
from visual_erm.judges.chart.residue import compare_rest
from visual_erm.judges.chart.resized import borne_out
from visual_erm.judges.chart.rules import settle
from visual_erm.judges.chart.scene import ChartScene
from visual_erm.judges.chart.style import (
    ABSENT,
    axes_gone,
    compare_grounds,
    compare_panels,
    compare_style,
)
from visual_erm.judges.chart.texts import compare_texts
from visual_erm.judges.chart.ticks import compare_axes
from visual_erm.judges.chart.whole import compare_wholes, other_figure
from visual_erm.judges.chart.words import canonical
from visual_erm.judges.texts import uncommon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visual_erm.judges.chart.findings import Finding
    from visual_erm.judges.ocr import Reader
    from visual_erm.types import Discrepancy, Image

WRITTEN = 40
"""Characters that a chart shows at least, as a rule."""


def see(image: Image, reader: Reader, like: ChartScene | None = None) -> ChartScene:
    """Everything found in one picture.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        reader: reads the text.
        like: the scene of a picture that may share text with this one; makes reading faster.
    """
    placement, noisy = Placement(), False
    given, ground = image, None
    background = figure_background(image)
    if like is not None:
        grounds = like.background, background
        repainted = copies.on_ground_of(like.image, image, grounds, like.edges)
        if repainted is not None:
            image, ground = repainted, background
        if copy := copies.copy_of(like.image, image, like.edges):
            image, placement, noisy = copy.image, copy.placement, copy.noisy
        if images.equal(image, like.image):
            return replace(like, placement=placement, given=given, ground=ground)
    known = None if like is None else (like.image, like.texts)
    texts = reader.read(image, like=known)
    if image is not given:
        background = figure_background(image)
    panels = find_panels(image, background, [text.box for text in texts])
    plots = () if like is None else like.panels
    panels = legends.without_legends(image, panels, texts, plots)
    if like is not None:
        panels = with_frames_of(panels, image, background, like)
    if not panels and (like is None or all(panel.kind == "free" for panel in like.panels)):
        panels = all_drawn(image, background)
    texts = legends.without_markers(roles.mended(image, texts, panels, reader))
    texts = legends.without_strokes(image, texts)
    found, entries = legends.find_legends(image, panels, texts, reader)
    panels = legends.on_paper(panels, found, background)
    size = (image.shape[1], image.shape[0])
    labels = roles.assign(texts, panels, entries, found, size)
    axes = tuple(read_axes(labels, p, i, image) for i, p in enumerate(panels))
    return ChartScene(
        image,
        reader,
        texts,
        background,
        panels,
        labels,
        axes,
        tuple(found),
        placement,
        noisy,
        given,
        ground,
    )


def differ(reference: ChartScene, candidate: ChartScene) -> list[Discrepancy]:
    """What differs in the candidate, most severe first.

    Boxes are in the pixels of each picture; `bbox` is None for what the reference does not have,
    `bbox_prediction` for what the candidate lacks.
    """
    placement = candidate.placement
    if candidate.image is reference.image:
        wholes = [*other_figure(reference, candidate), *compare_grounds(reference, candidate)]
        return [_given(finding, placement).discrepancy() for finding in wholes]
    match, bare = without_axes(on_one_paper(match_panels(reference, candidate)))
    candidate = match.b
    within = insets.only_in_one(match)
    findings: list[Finding] = [
        *compare_panels(match),
        *(inset.finding for inset in within),
        *axes_gone(match, bare),
        *compare_texts(reference, candidate, match),
        *compare_axes(reference, candidate, match),
        *compare_style(match),
        *compare_wholes(match),
        *emptied(match),
    ]
    findings = not_mirrored(match, findings)
    findings += redone(match, findings)
    findings += mirrored(match, findings)
    layers = insets.hide(within, laid(match, findings))
    findings += compare_marks(match, layers)
    kept = settle(
        findings,
        redrawn=reference.image.shape != candidate.image.shape,
        entailed=followers(match, findings),
    )
    kept += compare_rest(match, layers, findings)
    kept += compare_exactly(match, [*findings, *kept])
    kept = borne_out(match, kept)
    settled = sorted(kept, key=lambda finding: -finding.severity)
    return [_given(finding, placement).discrepancy() for finding in settled]


def besides(
    reference: ChartScene, candidate: ChartScene, errors: Sequence[Discrepancy]
) -> dict[str, float]:
    """What the distance counts beside errors and pictures: "texts" and "bare", in [0, 1].

    "bare" is the share of the plots in which nothing of the data is shown: one error says so. Where
    hardly anything is written, as beside a network, letters say little.
    """
    texts = [[canonical(label.text) for label in s.labels] for s in (reference, candidate)]
    written = max(sum(map(len, labels)) for labels in texts)
    plots = [panel.box for panel in reference.panels if panel.kind != "strip"]
    bare = {e.bbox for e in errors if e.description.startswith((EMPTY, ABSENT))}
    lost = sum(any(b is not None and holds(b, centre(box)) for b in bare) for box in plots)
    others = uncommon(*texts) * min(1.0, written / WRITTEN)
    return {"texts": others, "bare": lost / max(1, len(plots))}


def _given(finding: Finding, placement: Placement) -> Finding:
    """The finding with its box in the candidate as it was given."""
    if placement == Placement() or finding.box_candidate is None:
        return finding
    return replace(finding, box_candidate=placement.inverse().box(finding.box_candidate))
