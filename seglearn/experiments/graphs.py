"""What chapter 4.5 measures: marks and rectangles as a reader draws them, and what a hard cut makes of hair."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import ndimage

from seglearn import checks, images

OBJECTS = {
    "astronaut": ("person",), "camera": ("person", "camera"), "chelsea": ("cat",), "china": ("temple",),
    "coffee": ("saucer", "cup", "coffee"), "coins": ("coin",), "flower": ("flower",), "horse": ("horse",),
    "motorcycle": ("motorbike",), "rocket": ("rocket",),
}  # what is cut out of the photographs that have a label map  # fmt: skip
BRUSHES = {"foreground": 1, "background": 2, "eraser": 0}
BRUSH = 3  # pixels, the width of a stroke
STROKE = 50  # pixels, about its length
CLEAR = 4  # pixels that strokes keep from the border of a region


@dataclass(frozen=True)
class Hair:
    """A head with hair whose true transparency is known."""

    image: np.ndarray  # (H, W, 3), alpha F + (1 - alpha) G
    alpha: np.ndarray  # (H, W), from 0 to 1: how much of a pixel is hair or head
    head: np.ndarray  # (3,) F
    ground: np.ndarray  # (H, W, 3) G


def object_of(name):
    """Return two masks of a photograph: its object, and the pixels that are decided."""
    truth = images.ground_truth(name)
    wanted = [truth.classes.index(part) for part in OBJECTS[name]]
    return np.isin(truth.labels, wanted), truth.labels != 255


def overlap(mask, wanted, decided=True) -> float:
    """Return the intersection of two masks over their union, where decided."""
    union = ((mask | wanted) & decided).sum()
    return float((mask & wanted & decided).sum() / union) if union else 1.0


def rectangle_around(mask, margin=8):
    """Return (top, left, bottom, right) of a mask and a margin in pixels; a column at least stays outside."""
    bounds = []
    for axis in (1, 0):
        found, size = np.flatnonzero(mask.any(axis=axis)), mask.shape[1 - axis]
        bounds.append((max(int(found[0]) - margin, 0), min(int(found[-1]) + 1 + margin, size)))
    (top, bottom), (left, right) = bounds
    if (top, left, bottom, right) == (0, 0, *mask.shape):
        left = 1
    return top, left, bottom, right


def scribbles(region, n_strokes=10, rng=None):
    """Return straight strokes (H, W) bool in a region (H, W), three pixels wide, clear of its border where they can."""
    rng = np.random.default_rng(rng)
    inner = ndimage.binary_erosion(region, iterations=CLEAR, border_value=1)
    starts = np.argwhere(inner if inner.any() else region)
    marked = np.zeros(region.shape, bool)
    for start in starts[rng.integers(len(starts), size=n_strokes)]:
        angle = rng.uniform(0, np.pi)
        along = np.linspace(0, rng.uniform(0.5, 1.5) * STROKE, 2 * STROKE)
        line = np.rint(start + along[:, None] * [np.sin(angle), np.cos(angle)]).astype(int)
        inside = ((line >= 0) & (line < region.shape)).all(axis=1)
        line = line[: len(line) if inside.all() else int(np.argmin(inside))]
        leaves = ~region[tuple(line.T)]
        line = line[: len(line) if not leaves.any() else int(np.argmax(leaves))]  # a stroke ends where the region does
        marked[tuple(line.T)] = True
    return ndimage.binary_dilation(marked, np.ones((BRUSH, BRUSH))) & region


def painted(shape, strokes):
    """Return marks (H, W) uint8, 0 nowhere, 1 foreground, 2 background, from strokes in the order they were drawn.

    A stroke is (brush, width, points): brush "foreground", "background" or "eraser", its width in pixels, points
    (x, y), x to the right. Instead of one may stand ("file", path) of marks that `numpy.save` wrote. What lies outside
    the picture is lost.
    """
    marks = np.zeros(shape[:2], np.uint8)
    for stroke in strokes:
        if stroke[0] == "file":
            saved = np.load(stroke[1])
            if saved.shape != marks.shape or saved.dtype.kind not in "bui" or saved.max(initial=0) > 2:
                checks.fail("strokes", f"marks 0, 1, 2 of shape {marks.shape}", f"{saved.dtype}, shape {saved.shape}")
            marks[saved > 0] = saved[saved > 0]
            continue
        brush, width, points = stroke
        label = BRUSHES[checks.choice(brush, "brush", tuple(BRUSHES))]
        for start, end in pairwise([points[0], *points]):
            _draw(marks, np.array(start[::-1]), np.array(end[::-1]), width / 2, label)
    return marks


def point_affinity(points, sigma):
    """Return exp(-|x_i - x_j|^2 / 2 sigma^2) (N, N) of points (N, D), and 0 on the diagonal."""
    squares = ((points[:, None] - points) ** 2).sum(axis=2)
    return np.exp(-squares / (2 * sigma**2)) * (1 - np.eye(len(points)))


def two_clouds(n_points=60, gap=4.0, rng=0):
    """Return points (N, 2) of two round clouds of scatter 1, `gap` apart, and their labels (N,)."""
    labels = np.arange(n_points) % 2
    return np.random.default_rng(rng).normal(size=(n_points, 2)) + gap * labels[:, None] * [1, 0], labels


def hair(size=160, n_hairs=150, rng=0) -> Hair:
    """Return a dark head with thin hairs before a bright, uneven ground; alpha is exact to 1/16 of a pixel."""
    rng, fine = np.random.default_rng(rng), 4
    side = fine * size
    rows, cols = np.mgrid[:side, :side] / fine
    solid = ((rows - 0.62 * size) / 0.28) ** 2 + ((cols - 0.5 * size) / 0.24) ** 2 < size**2
    along = np.linspace(0, 1, 6 * size)
    for angle, length, bend in zip(
        rng.uniform(-0.9 * np.pi, -0.1 * np.pi, n_hairs), rng.uniform(0.3, 0.55, n_hairs), rng.normal(0, 0.5, n_hairs)
    ):
        turned = angle + bend * along
        line = np.stack([0.62 + length * along * np.sin(turned), 0.5 + length * along * np.cos(turned)])
        place = np.rint(line * side).astype(int)
        place = place[:, ((place >= 0) & (place < side - 1)).all(axis=0)]
        for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):  # half a pixel wide
            solid[place[0] + down, place[1] + right] = True
    alpha = solid.reshape(size, fine, size, fine).mean(axis=(1, 3))
    tint = 0.06 * ndimage.gaussian_filter(rng.standard_normal((size, size)), 12) * 12
    ground = np.clip(np.array([0.55, 0.75, 0.9]) + tint[..., None], 0, 1)
    head = np.array([0.25, 0.15, 0.1])
    return Hair(alpha[..., None] * head + (1 - alpha[..., None]) * ground, alpha, head, ground)


def _draw(marks, start, end, reach, label):
    """Mark the pixels that are at most `reach` away from a line between two points (row, col)."""
    low = np.maximum(np.floor(np.minimum(start, end) - reach), 0).astype(int)
    high = np.minimum(np.ceil(np.maximum(start, end) + reach) + 1, marks.shape).astype(int)
    box = tuple(slice(a, max(a, b)) for a, b in zip(low, high))
    places = np.stack(np.mgrid[box], axis=-1) - start
    way = end - start
    along = np.clip(places @ way / max(way @ way, 1e-12), 0, 1)
    marks[box][np.hypot(*np.moveaxis(places - along[..., None] * way, -1, 0)) <= reach] = label
