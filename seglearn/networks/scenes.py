"""Streets to learn from: pictures put together from photographs, so that every pixel's class is known exactly.

What each network of the chapter adds can be seen on them. Poles are four to seven pixels wide and crowns of trees are
ragged, which a coarse map of scores loses; vehicles come in three sizes; colours and textures are shared between the
classes, so that shape and place must decide; and the ground is a road under a clear sky but water under a dark one,
with the same textures and, three times out of four, tints that both have: then nothing near a pixel can tell.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage

from seglearn import checks, images
from seglearn.networks.data import Dataset

CLASSES = ("sky", "building", "vegetation", "road", "water", "vehicle", "pole")
SKY, BUILDING, VEGETATION, ROAD, WATER, VEHICLE, POLE = range(len(CLASSES))
SPLITS = ("train", "test")
SCALES = (0.52, 0.3, 0.17)  # length of a vehicle, as a share of the picture's side

TINTS = {
    "blue": (0.50, 0.66, 0.88), "haze": (0.80, 0.80, 0.80), "storm": (0.31, 0.34, 0.41), "grey": (0.44, 0.44, 0.45),
    "sand": (0.66, 0.58, 0.46), "red": (0.60, 0.30, 0.24), "green": (0.34, 0.45, 0.22), "autumn": (0.62, 0.42, 0.20),
    "white": (0.90, 0.88, 0.84), "dark": (0.20, 0.21, 0.24), "orange": (0.85, 0.42, 0.20),
}  # fmt: skip
# The photographs and the tints that a class may have. Nearly all of them belong to more than one.
LOOKS = {
    SKY: (("moon",), ("blue", "haze")),
    BUILDING: (("brick", "coffee", "motorcycle", "gravel"), ("red", "sand", "grey", "white", "haze")),
    VEGETATION: (("grass", "chelsea", "flower"), ("green", "green", "autumn")),
    ROAD: (("gravel", "moon", "brick", "coffee"), ("sand", "grey", "storm", "dark")),
    WATER: (("gravel", "moon", "brick", "coffee"), ("blue", "grey", "storm", "dark")),
    VEHICLE: (("moon", "astronaut", "motorcycle"), ("white", "red", "blue", "orange", "green", "grey", "dark")),
    POLE: (("brick", "moon", "grass"), ("dark", "white", "grey", "sand", "autumn")),
}
LARGEST = 150  # pixels; half of the narrowest photograph's side


@dataclass(frozen=True)
class _Street:
    """A picture and its label map while they are painted, from the sky to what stands nearest."""

    image: np.ndarray  # (H, W, 3) float64, about 0 to 1
    labels: np.ndarray  # (H, W) int32
    rows: np.ndarray  # (H, W), from 0 at the top to 1
    cols: np.ndarray  # (H, W), from 0 at the left to 1
    split: str
    rng: np.random.Generator
    stormy: bool
    horizon: float


def scenes(n_scenes, *, split="train", size=96, rng=None) -> Dataset:
    """Return streets with their exact label maps.

    Parameters
    ----------
    n_scenes : int of at least 1.
    split : "train" or "test": textures come from the left halves of the photographs or from the right ones.
    size : int from 32 to 150, the side of the square pictures in pixels.
    rng : None, seed or `numpy.random.Generator`.

    Returns
    -------
    `Dataset` of n_scenes pictures (size, size, 3) uint8 and maps (size, size) int32, indices into `CLASSES`.

    Example
    -------
    >>> from seglearn.networks import scenes
    >>> image, labels = scenes(1, rng=0)[0]

    Raises
    ------
    ValueError, TypeError : no scenes, an unknown split, a size outside 32..150. Lecture 4.6, figures 4-18 and 4.6-a.
    """
    n_scenes = checks.integer(n_scenes, "n_scenes", 1)
    checks.choice(split, "split", SPLITS)
    size = checks.integer(size, "size", 32, LARGEST)
    rng = checks.generator(rng)
    pairs = [_scene(split, size, rng) for _ in range(n_scenes)]
    return Dataset(tuple(image for image, _ in pairs), tuple(labels for _, labels in pairs), CLASSES)


def _scene(split, size, rng):
    rows, cols = np.mgrid[:size, :size] / size
    empty = np.empty((size, size, 3)), np.zeros((size, size), np.int32)
    street = _Street(*empty, rows, cols, split, rng, rng.random() < 0.5, rng.uniform(0.42, 0.6))
    _sky(street)
    _buildings(street)
    _ground(street)
    things = [_tree] * rng.integers(1, 3) + [_vehicle] * rng.integers(2, 4) + [_pole] * rng.integers(1, 4)
    feet = np.sort(rng.uniform(street.horizon + 0.04, 0.98, len(things)))  # what is near hides what is far
    for k, foot in zip(rng.permutation(len(things)), feet):
        things[k](street, foot)
    return _photographed(street), street.labels


def _sky(street):
    _paint(street, street.rows >= 0, SKY, tint="storm" if street.stormy else None)
    street.image[:] *= 0.85 + 0.3 * street.rows[..., None]  # brighter towards the horizon


def _buildings(street):
    rng, left = street.rng, -street.rng.uniform(0, 0.2)
    while left < 1:
        right, top = left + rng.uniform(0.15, 0.4), street.horizon - rng.uniform(0.08, 0.38)
        if rng.random() < 0.75:
            _paint(street, _box(street, top, left, 1, right), BUILDING)
            pitch, pane = rng.uniform(0.07, 0.12), rng.uniform(0.3, 0.6)
            panes = (street.rows - top - 0.03) % pitch < pane * pitch
            panes &= (street.cols - left) % pitch < pane * pitch
            panes &= _box(street, top + 0.03, left + 0.02, 1, right - 0.02)
            look, tint = (POLE, "dark") if rng.random() < 0.5 else (SKY, "storm" if street.stormy else None)
            _paint(street, panes, BUILDING, look, tint)
        left = right + 0.08 * rng.integers(2)


def _ground(street):
    rng, rows, cols = street.rng, street.rows, street.cols
    below = rows > street.horizon + rng.uniform(-0.06, 0.06) * (cols - 0.5)
    _paint(street, below, VEGETATION)
    depth = (rows - street.horizon) / (1 - street.horizon)  # 0 at the horizon, 1 at the lower edge
    middle, lean, widening = rng.uniform(0.25, 0.75), rng.uniform(-0.4, 0.4), rng.uniform(0.3, 0.8)
    way = below & (np.abs(cols - middle - lean * depth) < 0.06 + widening * depth)
    _paint(street, way, WATER if street.stormy else ROAD)


def _tree(street, foot):
    rng, tint = street.rng, _one_of(street.rng, LOOKS[VEGETATION][1])
    left, radius = rng.uniform(0, 1), rng.uniform(0.07, 0.17)
    top = foot - radius * rng.uniform(1.2, 1.8)
    _paint(street, _box(street, top, left - 0.02, foot, left + 0.02), VEGETATION, POLE)
    down, right = street.rows - top, street.cols - left
    bumps = sum(np.sin(n * np.arctan2(down, right) + rng.uniform(0, 2 * np.pi)) for n in rng.integers(3, 12, 3))
    _paint(street, np.hypot(down, right) < radius * (1 + 0.13 * bumps), VEGETATION, tint=tint)


def _vehicle(street, foot):
    """A body, a cabin with panes in the sky's tint, and two dark wheels: like a house but for its outline."""
    rng, tint = street.rng, _one_of(street.rng, LOOKS[VEHICLE][1])
    length = _one_of(rng, SCALES) * rng.uniform(0.85, 1.15)
    height, wheel, left = length * rng.uniform(0.42, 0.6), 0.13 * length, rng.uniform(-0.1, 1 - 0.5 * length)
    right, waist = left + length, foot - 0.55 * height
    front, back = left + length * rng.uniform(0.05, 0.3), right - length * rng.uniform(0.05, 0.3)
    _paint(street, _box(street, waist, left, foot - 0.6 * wheel, right), VEHICLE, tint=tint)
    _paint(street, _box(street, foot - height, front, waist, back), VEHICLE, tint=tint)
    pane = _box(street, foot - 0.9 * height, front + 0.12 * length, waist, back - 0.12 * length)
    _paint(street, pane, VEHICLE, SKY, "dark" if rng.random() < 0.5 else None)
    for axle in (left + 0.22 * length, right - 0.22 * length):
        disc = np.hypot(street.rows - foot + wheel, street.cols - axle) < wheel
        _paint(street, disc, VEHICLE, POLE, "dark")


def _pole(street, foot):
    rng, tint = street.rng, _one_of(street.rng, LOOKS[POLE][1])
    left, width, top = rng.uniform(0.03, 0.97), rng.uniform(4, 7) / 96, foot - rng.uniform(0.3, 0.7)
    _paint(street, _box(street, top, left, foot, left + width), POLE, tint=tint)
    if rng.random() < 0.5:  # the arm of a lamp, to one side
        end = left + rng.uniform(0.06, 0.14) * _one_of(rng, (-1, 1))
        _paint(street, _box(street, top, min(left, end), top + width, max(left, end)), POLE, tint=tint)


def _photographed(street):
    """Return the picture as uint8 after what weather and camera add: shadows, one light, blur, noise."""
    rng, image = street.rng, street.image
    for _ in range(rng.integers(3)):
        angle, row, col = rng.uniform(0, np.pi), rng.uniform(0.4, 0.9), rng.uniform(0.1, 0.9)
        across = (street.cols - col) * np.cos(angle) + (street.rows - row) * np.sin(angle)
        shadow = (np.abs(across) < rng.uniform(0.05, 0.2)) & (street.labels != SKY)
        image[shadow] *= rng.uniform(0.5, 0.75)
    image *= rng.uniform(0.75, 1.2) * rng.uniform(0.93, 1.07, 3)
    sigma = rng.uniform(0.3, 0.7)
    image = ndimage.gaussian_filter(image, (sigma, sigma, 0))
    image += rng.uniform(0.01, 0.03) * rng.standard_normal(image.shape)
    return np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)


def _box(street, top, left, bottom, right):
    rows, cols = street.rows[:, :1], street.cols[:1]
    return ((rows >= top) & (rows < bottom)) & ((cols >= left) & (cols < right))


def _paint(street, where, label, look=None, tint=None):
    """Give some pixels a class, and a texture and a tint of that class or, with `look`, of another one."""
    photos, tints = LOOKS[label if look is None else look]
    grain = _grain(_one_of(street.rng, photos), street.split)
    tint = _one_of(street.rng, tints) if tint is None else tint
    rows, cols = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if not rows.size:  # outside the picture
        return
    here = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
    where = where[here]
    top, left = (street.rng.integers(0, n - m + 1) for n, m in zip(grain.shape, where.shape))
    cut = grain[top : top + where.shape[0], left : left + where.shape[1]]
    street.image[here][where] = (cut * TINTS[tint])[where]
    street.labels[here][where] = label


def _one_of(rng, things):
    return things[rng.integers(len(things))]


@lru_cache(maxsize=32)
def _grain(name, split):
    """Return one half of a photograph over its own smoothed brightness: its texture, around 1, and its colours."""
    photo = images.load(name)[:, :, None] if images.load(name).ndim == 2 else images.load(name)
    middle = photo.shape[1] // 2
    half = (photo[:, :middle] if split == "train" else photo[:, middle:]) / 255 + 0.05
    smooth = ndimage.gaussian_filter(half, (24, 24, 0))
    return np.clip(half / smooth, 0.4, 1.8)
