"""Take a vector picture apart: regions of one colour or one smooth gradient, on a ground.

A pixel is flat when its 3 x 3 neighbourhood hardly varies. Connected flat pixels are the core of a
region: gradients stay whole, and the mixed pixels of anti-aliased edges belong to no core. Lines
too thin to have flat pixels are found as ridges of brightness. Every remaining pixel then joins
the nearest core, which puts the border in the middle of the smoothed edge.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy import ndimage

from visual_erm import images
from visual_erm.align import components, strongest
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

    Mask = NDArray[np.bool_]
    Labels = NDArray[np.int32]
    Depths = NDArray[np.float32]

FLAT = 12
"""Grey levels that a flat neighbourhood spans at most; JPEG noise away from edges stays below."""
CORE_PIXELS = 6
RIDGE = 28.0
"""Grey levels by which a thin line stands out from both sides."""
RIDGE_WIDTH = 5
"""Pixels; wider lines have flat pixels of their own."""
RIDGE_PIXELS = 10
DUST = 4e-5
"""Share of the picture's area below which a region is not looked at on its own."""
GROUND_GAP = 7.0
"""Lab units within which a colour is the ground's colour."""


@dataclass(frozen=True, eq=False)
class Region:
    """A connected part of the picture with one colour or gradient."""

    index: int
    box: Box
    area: int
    """Pixels."""
    lab: NDArray[np.float32]
    """`(3,)`, the mean over its core."""
    rgb: tuple[int, int, int]
    grounded: bool
    """It has the colour of the ground: ground, a hole, or something white on white."""
    thin: bool
    """It is a line too thin to have flat pixels, so its colour is uncertain."""


@dataclass(frozen=True, eq=False)
class Layers:
    """A picture taken apart at one size."""

    image: Image
    labels: Labels
    """`(H, W)`, the index of each pixel's region."""
    regions: tuple[Region, ...]
    """Ordered by index; those below `dust` pixels are there but of no interest."""
    ground: int
    """Index of the region that the drawing lies on."""
    dust: int

    def mask(self, region: Region, box: Box | None = None) -> Mask:
        """Where the region is, on the whole picture or on one box of it."""
        if box is None:
            return np.asarray(self.labels == region.index)
        return np.asarray(self.labels[box[1] : box[3], box[0] : box[2]] == region.index)

    def alike(self, lab: NDArray[np.float32], within: float) -> NDArray[np.bool_]:
        """`(regions,)`: which have a colour, Lab, up to a distance."""
        gaps = [float(np.linalg.norm(region.lab - lab)) for region in self.regions]
        return np.asarray(np.array(gaps) < within)

    def coloured(self, lab: NDArray[np.float32], within: float) -> Mask:
        """`(H, W)`: where the picture has a colour, Lab, up to a distance."""
        return np.asarray(self.alike(lab, within)[self.labels])

    @cached_property
    def drawn(self) -> Mask:
        """`(H, W)`: everything that has another colour than the ground."""
        drawn = np.array([not region.grounded for region in self.regions], bool)
        return np.asarray(drawn[self.labels])

    @cached_property
    def weight(self) -> int:
        """Pixels of what the picture is about: of another colour than the commonest one.

        A plate that all of a drawing lies on is paper to it.
        """
        return max(1, int(images.ink(self.image).sum()))


def segment(image: Image) -> Layers:
    """Take a picture apart."""
    markers, count, first_thin = _markers(image)
    labels = _nearest(markers)
    # Index 0 collects the pixels of no core. Of the type that counting takes, for it counts often.
    shifted = markers.ravel().astype(np.intp) + 1
    core = np.bincount(shifted, minlength=count + 1)[1:].clip(1)
    colours = np.stack(
        [
            np.bincount(shifted, weights=image[:, :, channel].ravel(), minlength=count + 1)[1:]
            / core
            for channel in range(3)
        ],
        axis=1,
    )
    labs = to_lab(colours)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    ground = int(np.argmax(np.bincount(border, minlength=count)))
    dust = max(8, round(DUST * labels.size))
    page = _page(labels, labs, ground, dust)
    if page:
        ground = page[0]
        labels = np.where(np.isin(labels, page), np.int32(ground), labels)
    areas = np.bincount(labels.ravel(), minlength=count)
    near_ground = np.linalg.norm(labs - labs[ground], axis=1) < GROUND_GAP
    if page:
        # What has the page's colour on a plate is drawn on it.
        near_ground &= np.isin(np.arange(count), page)
    boxes = ndimage.find_objects(labels + 1, count)
    regions = []
    for index, place in enumerate(boxes):
        rows, columns = place if place is not None else (slice(0, 0), slice(0, 0))
        red, green, blue = (round(float(v)) for v in colours[index])
        regions.append(
            Region(
                index,
                (int(columns.start), int(rows.start), int(columns.stop), int(rows.stop)),
                int(areas[index]),
                labs[index],
                (red, green, blue),
                bool(near_ground[index]),
                index >= first_thin,
            )
        )
    return Layers(image, labels, tuple(regions), ground, dust)


def _page(labels: Labels, labs: NDArray[np.float32], border: int, dust: int) -> list[int]:
    """The regions in the corners where they show the page behind a plate with round corners.

    Such a plate reaches all four sides, so most of the border is its own.
    """
    found = _in_corners(labels)
    if border in found or float(np.linalg.norm(labs[found[0]] - labs[border])) < GROUND_GAP:
        return []
    alike = bool((np.linalg.norm(labs[found] - labs[found[0]], axis=1) < GROUND_GAP).all())
    large = all(int((labels == index).sum()) >= dust for index in found)
    return found if alike and large else []


def _in_corners(labels: Labels) -> list[int]:
    return list(dict.fromkeys(int(labels[y, x]) for y in (0, -1) for x in (0, -1)))


def on_ground(layers: Layers, lab: NDArray[np.float32]) -> Layers:
    """The same picture on the ground of another one, where that is seen in a corner of it."""
    if float(np.linalg.norm(layers.regions[layers.ground].lab - lab)) < GROUND_GAP:
        return layers
    corners = _in_corners(layers.labels)
    near = [r for r in layers.regions if float(np.linalg.norm(r.lab - lab)) < GROUND_GAP]
    seen = [r for r in near if r.index in corners and r.area >= layers.dust]
    if not seen:
        return layers
    ground = max(seen, key=lambda r: r.area).index
    ends = (layers.labels.shape[1], layers.labels.shape[0])
    grounded = {
        r.index for r in near if min(r.box[:2]) == 0 or r.box[2] == ends[0] or r.box[3] == ends[1]
    }
    regions = tuple(replace(r, grounded=r.index in grounded) for r in layers.regions)
    return replace(layers, regions=regions, ground=ground)


def to_lab(colours: NDArray[np.float64]) -> NDArray[np.float32]:
    """`(n, 3)` RGB in [0, 255] as CIE Lab."""
    scaled = (colours[None].astype(np.float32)) / 255
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB)[0], np.float32)


def _markers(image: Image) -> tuple[Labels, int, int]:
    """`(H, W)` region index of each core pixel and -1 elsewhere; how many; the first thin one."""
    kernel = np.ones((3, 3), np.uint8)
    spread = strongest(cv2.subtract(cv2.dilate(image, kernel), cv2.erode(image, kernel)))
    flat = (spread <= FLAT).astype(np.uint8)
    count, cores, stats, _ = components(flat, 4)
    kept = stats[:, cv2.CC_STAT_AREA] >= CORE_PIXELS
    kept[0] = False
    ridges = _ridges(image) & ~kept[cores]
    thin_count, thin, thin_stats, _ = components(ridges)
    thin_kept = thin_stats[:, cv2.CC_STAT_AREA] >= RIDGE_PIXELS
    thin_kept[0] = False
    if not kept.any() and not thin_kept.any():
        # Nothing flat anywhere (noise, a photograph): one region.
        return np.zeros(flat.shape, np.int32), 1, 1
    first_thin = int(kept.sum())
    total = first_thin + int(thin_kept.sum())
    renumber = np.full(count, -1, np.int32)
    renumber[kept] = np.arange(first_thin)
    renumber_thin = np.full(thin_count, -1, np.int32)
    renumber_thin[thin_kept] = np.arange(first_thin, total)
    markers = np.where(thin_kept[thin], renumber_thin[thin], renumber[cores])
    return np.asarray(markers, np.int32), total, first_thin


def _ridges(image: Image) -> Mask:
    """Pixels of lines thinner than `RIDGE_WIDTH`, darker or lighter than both sides."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (RIDGE_WIDTH, RIDGE_WIDTH))
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel)
    light = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, kernel)
    found = np.zeros(grey.shape, bool)
    for hat in (dark, light):
        crest = cv2.dilate(hat, np.ones((3, 3), np.uint8))
        found |= (hat > RIDGE) & (hat > 0.6 * crest)
    return found


def _nearest(markers: Labels) -> Labels:
    free = (markers < 0).astype(np.uint8)
    if not free.any():
        return markers
    _, nearest = cv2.distanceTransformWithLabels(
        free, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    # OpenCV numbers the core pixels; look up which region each of them belongs to.
    core = free == 0
    region_of = np.zeros(int(nearest.max()) + 1, np.int32)
    region_of[nearest[core]] = markers[core]
    return np.asarray(region_of[nearest], np.int32)


def depth_of(mask: Mask) -> Depths:
    """How far each pixel of a mask lies from its border."""
    return np.asarray(cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3), np.float32)


def widest(mask: Mask) -> float:
    """Pixels across a mask at its thickest place."""
    return 2 * float(depth_of(np.pad(mask, 1)).max())
