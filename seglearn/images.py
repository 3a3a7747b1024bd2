"""Pictures to work on: the photographs that come with scikit-image and scikit-learn, and the reader's own."""

import io
import json
import os
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from seglearn import checks
from seglearn.words import _

PHOTOS = (
    "coffee", "astronaut", "chelsea", "rocket", "motorcycle", "china", "flower", "camera", "coins", "horse",
    "page", "text", "moon", "clock", "brick", "grass", "gravel", "cell", "immunohistochemistry",
)  # fmt: skip

LARGEST_SIDE = 1024  # pixels; a larger photo of the reader's is reduced to this
FORMATS = ("JPEG", "PNG", "TIFF", "GIF", "WEBP", "BMP")
GROUND_TRUTH = Path(__file__).with_name("data") / "ground_truth"


@dataclass(frozen=True)
class GroundTruth:
    """What a person who looked at a photograph says is in it."""

    labels: np.ndarray  # (H, W) int32: index into `classes`, 255 where nothing is said (the border of objects)
    classes: tuple  # names, from the background on


def load(name) -> np.ndarray:
    """Return a photograph as uint8, (H, W) grey or (H, W, 3) RGB.

    Parameters
    ----------
    name : one of `PHOTOS`, or the path of a picture of your own: JPEG, PNG, TIFF, GIF, WebP, BMP.

    A picture of your own comes upright (EXIF), with transparency laid on white, 16 bits scaled to 8, CMYK and
    palettes turned to RGB, the first frame of an animation, and, with a printed notice, reduced to at most
    1024 pixels a side.

    Raises
    ------
    ValueError : neither a known name nor a file, or a file that is broken or no picture.
    TypeError : neither text nor a path.
    """
    if isinstance(name, str) and name in PHOTOS:
        return _shipped(name).copy()
    expected = "the path of a picture, or one of " + ", ".join(PHOTOS)
    if not isinstance(name, (str, os.PathLike)):
        checks.fail("name", expected, type(name).__name__, TypeError)
    path = Path(name)
    if not path.is_file():
        checks.fail("name", expected, repr(str(name)))
    picture, notice = _own(path, path.stat().st_mtime_ns)
    if notice:
        print(notice)
    return picture.copy()


def decode(data, name="picture"):
    """Return (picture, notice) from the bytes of a picture file; the notice is "" or says what was reduced.

    Raises
    ------
    ValueError : `data` is no picture, is broken, or has more than 179 million pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow warns of (size, odd EXIF) is dealt with here
            opened = Image.open(io.BytesIO(data), formats=FORMATS)
            opened.load()
            picture = _eight_bits(ImageOps.exif_transpose(opened))
    except UnidentifiedImageError:
        checks.fail(name, "a picture (JPEG, PNG, TIFF, GIF, WebP or BMP)", _kind(data))
    except Image.DecompressionBombError:
        checks.fail(name, "at most 179 million pixels", "more")
    except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        checks.fail(name, "a whole picture", f"a broken file ({error})")
    width, height = picture.size
    if max(width, height) <= LARGEST_SIDE:
        return np.asarray(picture), ""
    picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
    notice = _("{name}: reduced from {width} x {height} to {w} x {h} pixels").format(
        name=name, width=width, height=height, w=picture.width, h=picture.height
    )
    return np.asarray(picture), notice


def ground_truth(name) -> GroundTruth:
    """Return the label map of a shipped photograph, drawn by looking at it; see `data/ground_truth/README.md`.

    Raises
    ------
    ValueError : no label map was drawn for this photograph.
    """
    classes = json.loads((GROUND_TRUTH / "classes.json").read_text(encoding="utf8"))
    checks.choice(name, "name", tuple(classes))
    labels = np.asarray(Image.open(GROUND_TRUTH / f"{name}.png"), dtype=np.int32)
    return GroundTruth(labels, tuple(classes[name]))


def grey(image) -> np.ndarray:
    """Return the brightness of a picture; a grey one comes back as it is.

    0.2125 R + 0.7154 G + 0.0721 B

    Parameters
    ----------
    image : (H, W) grey or (H, W, 3) RGB, uint8, uint16, bool, or float in [0, 1].

    Returns
    -------
    (H, W), rounded to uint8 if `image` is uint8, else float64 in [0, 1].

    Raises
    ------
    ValueError, TypeError : no grey or RGB picture, no pixels, NaN, floats outside [0, 1].

    Source: ITU-R Recommendation BT.709, as in scikit-image's `rgb2gray`.
    """
    values = checks.image(image)
    if values.ndim == 3:
        red, green, blue = np.moveaxis(values, 2, 0)
        values = np.minimum(0.2125 * red + 0.7154 * green + 0.0721 * blue, 1)  # white sums to 1 + 2e-16
    return np.rint(255 * values).astype(np.uint8) if np.asarray(image).dtype == np.uint8 else values


def noisy(image, sigma, rng=None) -> np.ndarray:
    """Return a picture with normal noise on every value, clipped to [0, 1].

    min(1, max(0, f + sigma n)),  n ~ N(0, 1)

    Parameters
    ----------
    image : (H, W) grey or (H, W, 3) RGB, uint8, uint16, bool, or float in [0, 1].
    sigma : float of at least 0, the noise's standard deviation; 0 changes nothing.
    rng : None, an integer seed, or a numpy Generator.

    Returns
    -------
    Float64 in [0, 1], of the shape of `image`.

    Raises
    ------
    ValueError, TypeError : no grey or RGB picture, no pixels, NaN, floats outside [0, 1], sigma below 0.
    """
    values, rng = checks.image(image), checks.generator(rng)
    return np.clip(values + checks.number(sigma, "sigma", 0) * rng.standard_normal(values.shape), 0, 1)


def reduced(image, side) -> np.ndarray:
    """Return a picture of at most `side` pixels a side, each the mean of a square block; a small one comes as it is.

    Parameters
    ----------
    image : (H, W) grey or (H, W, 3) RGB, uint8, uint16, bool, or float in [0, 1].
    side : int of at least 1, pixels; the blocks are ceil(max(H, W) / side) wide, cut off at the last row and column.

    Returns
    -------
    The means, rounded to uint8 if `image` is uint8, else float64 in [0, 1].

    Raises
    ------
    ValueError, TypeError : no grey or RGB picture, no pixels, NaN, floats outside [0, 1], side below 1.
    """
    values = checks.image(image)
    block = -(-max(values.shape[:2]) // checks.integer(side, "side", 1))
    for axis in (0, 1):
        starts = np.arange(0, values.shape[axis], block)
        sizes = np.diff(starts, append=values.shape[axis])
        sums = np.add.reduceat(values, starts, axis=axis)
        values = np.moveaxis(np.moveaxis(sums, axis, -1) / sizes, -1, axis)
    values = np.clip(values, 0, 1)  # a mean of ones may be 1 + 2e-16
    return np.rint(255 * values).astype(np.uint8) if np.asarray(image).dtype == np.uint8 else values


@lru_cache(maxsize=8)
def _shipped(name):
    from skimage import data  # here, since importing it takes a while
    from sklearn.datasets import load_sample_image

    if name == "motorcycle":
        return data.stereo_motorcycle()[0]
    if name in ("china", "flower"):
        return load_sample_image(f"{name}.jpg")
    picture = getattr(data, name)()
    return picture if picture.dtype == np.uint8 else picture.astype(np.uint8) * 255


@lru_cache(maxsize=8)
def _own(path, _changed):
    return decode(path.read_bytes(), path.name)


def _eight_bits(picture):
    """Turn any of Pillow's modes into 8-bit grey or RGB."""
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        values, low, high = np.asarray(picture).astype(np.float64), 0, 65535
        if picture.mode == "F":  # no range is agreed on: take the one that is there
            finite = values[np.isfinite(values)]
            low, high = (finite.min(), finite.max()) if finite.size else (0, 1)
            values = np.nan_to_num(values, nan=low)
        shares = np.clip((values - low) / max(high - low, 1e-12), 0, 1)
        return Image.fromarray(np.rint(shares * 255).astype(np.uint8))
    if picture.mode == "1":
        return picture.convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture if picture.mode in ("L", "RGB") else picture.convert("RGB")


def _kind(data):
    """Say what a file that is no picture seems to be."""
    if not data:
        return "an empty file"
    known = {b"%PDF": "a PDF document", b"PK\x03\x04": "a ZIP archive or an Office document", b"<svg": "an SVG drawing"}
    known |= {b"\x00\x00\x00": "a HEIC photo or a video", b"<?xml": "an XML file", b"<!DOC": "a web page"}
    return next((kind for start, kind in known.items() if data.startswith(start)), "a file of another kind")
