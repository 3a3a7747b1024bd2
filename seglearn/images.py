"""Pictures to work on: the photographs that come with scikit-image and scikit-learn, and the reader's own."""

import hashlib
import io
import json
import os
import struct
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from seglearn import checks
from seglearn.words import _

PHOTOS = (
    "coffee", "astronaut", "chelsea", "rocket", "motorcycle", "china", "flower", "camera", "coins", "horse",
    "page", "text", "moon", "clock", "brick", "grass", "gravel", "cell", "immunohistochemistry",
)  # fmt: skip

LARGEST_SIDE = 1024  # pixels; a larger photo of the reader's is reduced to this
FORMATS = ("JPEG", "PNG", "TIFF", "GIF", "WEBP", "BMP")
STRIP = 64  # rows that are brought to 8 bits at a time
MOST_PIXELS = 100_000_000  # that a file may declare
MOST_WORK = 1_000_000_000  # pixels times passes: a progressive JPEG of a few bytes may ask for hundreds of passes
MOST_RLE = 4_000_000  # pixels of a run-length coded BMP, which Pillow decodes in Python
BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, OverflowError, struct.error)
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # EXIF's orientation, and what undoes it  # fmt: skip
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
    picture, notice = _own(_bytes(name, expected), Path(name).name)
    if notice:
        print(notice)
    return picture.copy()


def fingerprint(name) -> str:
    """Return what tells one picture from another: the name of a shipped one, a digest of the bytes of your own.

    What is remembered of a picture is kept under this, since a file of the same name may be another one tomorrow.

    Raises
    ------
    ValueError : neither a known name nor a file.
    """
    if name in PHOTOS:
        return name
    return hashlib.sha256(_bytes(name, "the path of a picture")).hexdigest()[:16]


def decode(data, name="picture"):
    """Return (picture, notice) from the bytes of a picture file; the notice is "" or says what was reduced.

    Raises
    ------
    ValueError : `data` is no picture, is broken, has more than 100 million pixels, or would take minutes to decode.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow warns of (size, odd EXIF) is dealt with here
        opened = _opened(data, name)
        size = opened.size
        _check_work(opened, data, name)
        try:
            opened.draft(opened.mode, (LARGEST_SIDE, LARGEST_SIDE))  # a large JPEG is decoded at 1/2, 1/4 or 1/8
            opened.load()
            picture = _eight_bits(opened)
        except BROKEN as error:
            checks.fail(name, "a whole picture", f"a broken file ({error})")
    orientation = _orientation(opened)
    if orientation in UPRIGHT:
        picture = picture.transpose(UPRIGHT[orientation])
    if max(size) <= LARGEST_SIDE:
        return np.asarray(picture), ""
    width, height = size if orientation < 5 else size[::-1]
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
def _own(data, name):
    return decode(data, name)


def _bytes(name, expected):
    """Return the bytes of the reader's own file."""
    try:
        path = Path(name)
        if path.is_file():  # not a folder, and not a pipe, which would wait
            return path.read_bytes()
    except (OSError, ValueError):  # too long for a path, not to be read, a zero byte
        pass
    shown = repr(str(name))
    checks.fail("name", expected, shown if len(shown) < 200 else f"{shown[:200]}…")


def _opened(data, name):
    """Read a file's header."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        checks.fail(name, "a picture (JPEG, PNG, TIFF, GIF, WebP or BMP)", _kind(data))
    except Image.DecompressionBombError:
        checks.fail(name, f"at most {MOST_PIXELS // 10**6} million pixels", "more")
    except BROKEN as error:
        checks.fail(name, "a whole picture", f"a broken file ({error})")


def _check_work(opened, data, name):
    """Refuse before decoding what would take minutes or gigabytes."""
    n_pixels = opened.width * opened.height
    if n_pixels > MOST_PIXELS:
        checks.fail(name, f"at most {MOST_PIXELS // 10**6} million pixels", f"{opened.width} x {opened.height}")
    passes = data.count(b"\xff\xda") if opened.format == "JPEG" else 1
    slow = opened.format == "BMP" and opened.info.get("compression") in (1, 2) and n_pixels > MOST_RLE
    if slow or n_pixels * passes > max(MOST_WORK, 16 * n_pixels):
        checks.fail(
            name, "a picture that can be decoded in seconds", f"{opened.width} x {opened.height} in {passes} passes"
        )


def _orientation(opened):
    """Return EXIF's orientation, 1 to 8; 1 where the tags are odd, since the pixels may be whole all the same."""
    try:
        found = opened.getexif().get(0x112, 1)
    except Exception:
        return 1
    return found if found in UPRIGHT else 1


def _eight_bits(picture):
    """Turn any of Pillow's modes into 8-bit grey or RGB of at most LARGEST_SIDE pixels a side."""
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        return _reduced(Image.fromarray(_scaled(picture)))
    if picture.mode == "1":
        return _reduced(picture.convert("L"))
    if picture.has_transparency_data:
        picture = _reduced(picture.convert("RGBA"))
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return _reduced(picture if picture.mode in ("L", "RGB") else picture.convert("RGB"))


def _reduced(picture):
    if max(picture.size) > LARGEST_SIDE:
        picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
    return picture


def _scaled(picture):
    """Bring grey values of more than 8 bits to uint8, some rows at a time (a whole picture in float takes gigabytes).

    Unsigned values of 12 or 16 bits have a white that is agreed on; of others the own range is taken.
    """
    tags = getattr(picture, "tag_v2", {})
    bits, form = (tags.get(key, (None,)) for key in (258, 339))
    bits, form = (value[0] if isinstance(value, tuple) else value for value in (bits, form))
    values = np.asarray(picture)
    if bits == 32 and picture.mode == "I" and form in (None, 1):  # Pillow has no unsigned mode of 32 bits
        values = values.view(np.uint32)
    if picture.mode.startswith("I;16") or (picture.mode == "I" and picture.format == "PNG"):
        low, high = 0, 4095 if bits == 12 else 65535
    else:
        ends = [_ends(values[start : start + STRIP]) for start in range(0, len(values), STRIP)]
        low, high = min(low for low, _ in ends), max(high for _, high in ends)
    clear = picture.info.get("transparency") if picture.format == "PNG" else None
    inverted = tags.get(262) == 0  # white is zero
    scaled = np.empty(values.shape, np.uint8)
    for start in range(0, len(values), STRIP):
        rows = values[start : start + STRIP]
        shares = np.clip(np.nan_to_num((rows.astype(np.float64) - low) / max(high - low, 1e-300), nan=0.0), 0, 1)
        shares = 1 - shares if inverted else shares
        scaled[start : start + STRIP] = np.rint(255 * (shares if clear is None else np.where(rows == clear, 1, shares)))
    return scaled


def _ends(values):
    """Return the least and the largest of some rows, NaN and infinities aside."""
    finite = values[np.isfinite(values)].astype(np.float64)
    return float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf))


def _kind(data):
    """Say what a file that is no picture seems to be."""
    if not data:
        return "an empty file"
    known = {b"%PDF": "a PDF document", b"PK\x03\x04": "a ZIP archive or an Office document", b"<svg": "an SVG drawing"}
    known |= {b"<?xml": "an XML file", b"<!DOC": "a web page"}
    known |= {b"\x00\x00\x00\x0cjP": "a JPEG 2000 picture", b"\xff\x4f\xff\x51": "a JPEG 2000 picture"}
    found = next((kind for start, kind in known.items() if data.startswith(start)), None)
    if found is None and data[4:8] == b"ftyp":
        brands = {
            b"avif": "an AVIF picture",
            b"avis": "an AVIF picture",
            b"heic": "a HEIC photo",
            b"heix": "a HEIC photo",
        }
        found = brands.get(data[8:12], "a HEIC photo or a video")
    return found or "a file of another kind"
