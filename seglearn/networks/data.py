"""Pictures with their label maps, from memory or from folders, and how a network is given them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from seglearn import checks

IGNORE = 255  # the label of pixels that nobody could decide
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's colours, which its weights were trained on
ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif")


@dataclass(frozen=True)
class Dataset:
    """Pairs of a picture (H, W, 3) uint8 and its label map (H, W) int32; `data[i]` is one of them.

    What is given as a path is read when it is asked for, and not kept.
    """

    images: Sequence  # of arrays (H, W, 3), uint8 or float in [0, 1], or of paths
    labels: Sequence  # of label maps (H, W), integers from 0, 255 where undecided, or of paths
    classes: tuple  # their names; label k is classes[k]
    remap: Callable | None = None  # from what a file's map holds to classes, (H, W) to (H, W)

    def __post_init__(self):
        if len(self.images) != len(self.labels):
            checks.fail("labels", f"one map for each of {len(self.images)} pictures", len(self.labels))
        if not len(self.images):
            checks.fail("images", "at least one picture", "none")

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image, labels = self.images[index], self.labels[index]
        name = f"labels[{index}]" if not isinstance(labels, Path) else str(labels)
        image = _read(image, _rgb) if isinstance(image, Path) else rgb(image, f"images[{index}]")
        labels = _read(labels, _indices) if isinstance(labels, Path) else labels
        labels = checks.labels(labels if self.remap is None else self.remap(labels), name)
        if labels.shape != image.shape[:2]:
            checks.fail(name, f"the picture's size {image.shape[:2]}", labels.shape)
        decided = labels[labels != IGNORE]
        if decided.size and decided.max() >= len(self.classes):
            checks.fail(name, f"labels below {len(self.classes)}, or {IGNORE} where undecided", decided.max())
        return image, labels


def folder_dataset(images, masks, classes, *, names=None, remap=None) -> Dataset:
    """Return the pictures of one folder with the label maps of another: NAME.jpg with NAME.png.

    Parameters
    ----------
    images : folder of pictures, any that Pillow reads; grey ones become RGB. Sizes may differ.
    masks : folder of label maps: palette PNGs, as VOC has them (the index counts, not the colour), or grey ones of 8
        or 16 bits, as CamVid has them; 255 where undecided.
    classes : names of the classes in the order of the labels, or how many there are.
    names : the names (without ending) to take, or a text file with one a line, as VOC has them; None takes all, and
        then every picture needs a map and every map a picture.
    remap : None, or a function from what a map holds, (H, W) int32, to classes (H, W), such as
        `lambda objects: objects > 0` where every object has a number of its own.

    Returns
    -------
    `Dataset`, in the order of the names. Files are read when they are asked for.

    Example
    -------
    >>> data = folder_dataset("VOC2012/JPEGImages", "VOC2012/SegmentationClass", 21,
    ...                       names="VOC2012/ImageSets/Segmentation/train.txt")  # doctest: +SKIP

    Raises
    ------
    ValueError, TypeError : no folder, an empty one, pictures or maps without partner (the first are named); on reading,
    a broken file, a map in colour, of another size than its picture, or with a label beyond the classes.

    Lecture 4.6.
    """
    if isinstance(classes, (int, np.integer)):
        classes = tuple(f"class {k}" for k in range(checks.integer(classes, "classes", 1)))
    found, maps = _files(images, "images"), _files(masks, "masks")
    if names is None:
        names, lonely = sorted(found.keys() & maps.keys()), sorted(found.keys() ^ maps.keys())
    else:
        names = Path(names).read_text().split() if isinstance(names, (str, Path)) else list(names)
        lonely = [name for name in names if name not in found or name not in maps]
    if lonely:
        shown = ", ".join(lonely[:5]) + (f" and {len(lonely) - 5} more" if len(lonely) > 5 else "")
        checks.fail("masks", "a map for every picture and a picture for every map", f"no pair for {shown}")
    return Dataset(tuple(found[n] for n in names), tuple(maps[n] for n in names), tuple(classes), remap)


def loaded(data) -> Dataset:
    """Return the same pairs, read into memory once."""
    images, labels = zip(*(data[i] for i in range(len(data))))
    return Dataset(images, labels, data.classes)


def batch(data, indices, rng, *, size=None, flip=True):
    """Return pictures and label maps as a network takes them, cut and mirrored by chance.

    Parameters
    ----------
    data : a `Dataset`, or any sequence of pairs (H, W, 3) uint8 and (H, W) integers.
    indices : (B,) which of them.
    rng : `numpy.random.Generator`.
    size : None takes the pictures whole, which must then be of one size; an int cuts a square of that side anywhere,
        and what a picture lacks of it is undecided.
    flip : mirror every other one, left to right.

    Returns
    -------
    x (B, 3, h, w) float32, channels last in memory, and y (B, h, w) int64.

    Raises
    ------
    ValueError : pictures of several sizes where `size` is None.
    """
    images, labels = [], []
    for i in indices:
        image, truth = data[int(i)]
        if size is not None:
            image, truth = _cut(image, truth, size, rng)
        if flip and rng.random() < 0.5:
            image, truth = image[:, ::-1], truth[:, ::-1]
        images.append(image)
        labels.append(truth)
    if len({truth.shape for truth in labels}) > 1:
        checks.fail("data", "pictures of one size, or a `size` to cut them to", sorted({t.shape for t in labels}))
    return as_tensor(np.stack(images)), torch.from_numpy(np.stack(labels).astype(np.int64))


def as_tensor(images) -> torch.Tensor:
    """Return pictures (B, H, W, 3) uint8 as float32 (B, 3, H, W) around 0, channels last in memory."""
    x = torch.from_numpy(np.array(images)).float() / 255  # (B, H, W, 3); a copy, for pictures may be read-only
    x = (x - torch.tensor(MEAN)) / torch.tensor(SPREAD)  # (B, H, W, 3)
    return x.permute(0, 3, 1, 2)  # (B, 3, H, W)


def rgb(image, name="image") -> np.ndarray:
    """Return a picture (H, W, 3) of uint8, uint16, bool or float in [0, 1] as uint8; refuse a grey one."""
    if np.ndim(image) != 3:
        checks.fail(name, "an RGB picture (H, W, 3); `np.dstack([grey] * 3)` makes one", f"shape {np.shape(image)}")
    values = checks.image(image, name)
    return np.rint(255 * values).astype(np.uint8) if np.asarray(image).dtype != np.uint8 else np.asarray(image)


def _cut(image, labels, size, rng):
    missing = [max(0, size - side) for side in labels.shape]
    if any(missing):
        around = [(0, n) for n in missing]
        image = np.pad(image, [*around, (0, 0)], mode="edge")
        labels = np.pad(labels, around, constant_values=IGNORE)
    row, col = (rng.integers(0, side - size + 1) for side in labels.shape)
    return image[row : row + size, col : col + size], labels[row : row + size, col : col + size]


def _files(folder, name):
    """Return the pictures in a folder by their names."""
    folder = Path(folder)
    if not folder.is_dir():
        checks.fail(name, "a folder", repr(str(folder)))
    found = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in ENDINGS}
    if not found:
        checks.fail(name, f"a folder with pictures ({', '.join(ENDINGS)})", f"none in {str(folder)!r}")
    return found


def _read(path, convert):
    try:
        with Image.open(path) as opened:
            return convert(opened, path)
    except UnidentifiedImageError:
        checks.fail(str(path), "a picture", "a file of another kind")
    except (OSError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        checks.fail(str(path), "a whole picture", f"a broken file ({error})")


def _rgb(opened, path):
    return np.asarray(opened.convert("RGB"))


def _indices(opened, path):
    if not re.fullmatch("1|L|P|I;16.?|I", opened.mode):
        checks.fail(str(path), "label numbers: a palette or a grey PNG", f"a picture in {opened.mode}")
    return np.asarray(opened).astype(np.int32)
