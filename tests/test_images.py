"""The shipped photographs, and the reader's own in every form that a camera, a phone or a scanner gives it."""

import io
import os
import re
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2gray

from seglearn import images

COLOURS = np.array(
    [[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[255, 255, 255], [10, 20, 30], [200, 100, 50]]], dtype=np.uint8
)
GREY = np.array([[0, 50, 100], [150, 200, 255]], dtype=np.uint8)


def encoded(picture, kind="PNG", **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def decoded(picture, kind="PNG", **options):
    """What `decode` makes of a picture once saved; it must have nothing to say about it."""
    array, notice = images.decode(encoded(picture, kind, **options))
    assert notice == ""
    assert array.dtype == np.uint8
    return array


def smooth(height, width, channels):
    """Ramps, which JPEG keeps within a few levels."""
    rows, cols = np.mgrid[:height, :width]
    ramps = [255 * rows / (height - 1), 255 * cols / (width - 1), 128 + 0 * rows, 64 + 0 * rows]
    return np.stack(ramps[:channels], axis=2).astype(np.uint8)


# ---- the shipped ones


@pytest.mark.parametrize("name", images.PHOTOS)
def test_every_name_gives_a_photograph(name):
    photo = images.load(name)
    assert photo.dtype == np.uint8
    assert photo.ndim == 2 or photo.shape[2:] == (3,)
    assert all(150 <= side <= images.LARGEST_SIDE for side in photo.shape[:2])
    assert len(np.unique(photo)) > 100 or set(np.unique(photo)) == {0, 255}  # 0 to 255, not 0 to 1


def test_a_photograph_is_the_readers_own_to_write_on():
    first = images.load("coins")
    expected = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(images.load("coins"), expected)


def test_so_is_a_picture_from_a_file(tmp_path):
    path = tmp_path / "own.png"
    Image.fromarray(COLOURS).save(path)
    first = images.load(path)
    first[:] = 0
    np.testing.assert_array_equal(images.load(path), COLOURS)


def test_a_file_that_changed_is_read_again(tmp_path):
    path = tmp_path / "own.png"
    Image.fromarray(COLOURS).save(path)
    images.load(path)
    Image.fromarray(GREY).save(path)
    os.utime(path, (1, 1))  # both were written within one tick of some clocks
    np.testing.assert_array_equal(images.load(path), GREY)


# ---- the reader's own, in every mode


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "WEBP"])
def test_colours_and_greys_come_as_they_are(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    np.testing.assert_array_equal(decoded(Image.fromarray(COLOURS), kind, **options), COLOURS)
    if kind != "WEBP":  # which knows no grey
        np.testing.assert_array_equal(decoded(Image.fromarray(GREY), kind), GREY)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
def test_exif_orientation(kind, orientation):
    """The picture as it should be seen is stored turned, with the mark that says how; it comes back upright."""
    upright = smooth(16, 32, 3)
    stored = {
        1: upright,
        2: upright[:, ::-1],  # mirrored left to right
        3: upright[::-1, ::-1],  # upside down
        4: upright[::-1],  # mirrored top to bottom
        5: upright.transpose(1, 0, 2),  # row and column exchanged
        6: np.rot90(upright, 1),  # to be turned clockwise
        7: upright[::-1, ::-1].transpose(1, 0, 2),  # exchanged over the other diagonal
        8: np.rot90(upright, -1),  # to be turned anticlockwise
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    array = decoded(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif, **options)
    np.testing.assert_allclose(array.astype(int), upright, atol=4 if kind == "JPEG" else 0)


def test_transparency_is_laid_on_white():
    alpha = np.array([[255, 0, 128], [255, 0, 255]], dtype=np.uint8)
    share = alpha[..., None] / 255
    array = decoded(Image.fromarray(np.dstack([COLOURS, alpha])))
    np.testing.assert_allclose(array, COLOURS * share + 255 * (1 - share), atol=1)
    assert array[0, 1].tolist() == [255, 255, 255]
    array = decoded(Image.fromarray(np.dstack([GREY, alpha])))
    expected = np.repeat((GREY[..., None] * share + 255 * (1 - share)), 3, axis=2)
    np.testing.assert_allclose(array, expected, atol=1)


def test_a_palette_with_and_without_transparency():
    picture = Image.fromarray(np.array([[0, 1], [2, 1]], dtype=np.uint8))
    picture.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    assert picture.mode == "P"
    red, green, blue, white = [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]
    assert decoded(picture).tolist() == [[red, green], [blue, green]]
    assert decoded(picture, transparency=1).tolist() == [[red, white], [blue, white]]
    assert decoded(picture, transparency=bytes([255, 255, 0])).tolist() == [[red, green], [white, green]]
    assert decoded(picture, "GIF", transparency=2).tolist() == [[red, green], [white, green]]


def test_one_grey_that_means_transparent():
    assert decoded(Image.fromarray(GREY), transparency=50)[..., 0].tolist() == [[0, 255, 100], [150, 200, 255]]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_to_eight(kind):
    deep = np.array([[0, 257, 257 * 100], [257 * 100 + 128, 257 * 100 + 129, 65535]], dtype=np.uint16)
    assert decoded(Image.fromarray(deep), kind).tolist() == [[0, 1, 100], [100, 101, 255]]


def test_one_bit_is_black_and_white():
    bits = np.array([[True, False, True], [False, False, True]])
    for kind in ("PNG", "TIFF", "BMP"):
        assert decoded(Image.fromarray(bits), kind).tolist() == (255 * bits).tolist()


def test_cmyk():
    """Ink takes its colour away from white: cyan 255 leaves no red."""
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[..., 0] = 255
    for kind, options in [("TIFF", {}), ("JPEG", {"quality": 100})]:
        array = decoded(Image.fromarray(ink, mode="CMYK"), kind, **options)
        assert array.shape == (16, 16, 3)
        np.testing.assert_allclose(array.astype(int), np.full((16, 16, 3), [0, 255, 255]), atol=4)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[0.0, 0.5], [1, 0.2]], [[0, 128], [255, 51]]),
        ([[-3.0, 7], [2, -3]], [[0, 255], [128, 0]]),
        ([[5.0, 5], [5, 5]], [[0, 0], [0, 0]]),
        ([[np.nan, 100], [200, 150]], [[0, 0], [255, 128]]),
        ([[np.nan, -100], [200, 50]], [[0, 0], [255, 128]]),
        ([[np.inf, 100], [200, -np.inf]], [[255, 0], [255, 0]]),
        ([[np.nan, np.nan], [np.nan, np.nan]], [[0, 0], [0, 0]]),
    ],
)
def test_a_float_tiff_spans_its_own_range(values, expected):
    assert decoded(Image.fromarray(np.array(values, np.float32)), "TIFF").tolist() == expected


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_frame_of_an_animation(kind):
    frames = [Image.new("RGB", (8, 6), colour) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert Image.open(io.BytesIO(data)).n_frames == 3
    np.testing.assert_array_equal(images.decode(data)[0], np.full((6, 8, 3), [255, 0, 0]))


# ---- large ones


def test_a_large_photo_is_reduced_with_a_notice(tmp_path, capsys):
    path = tmp_path / "large.png"
    large = np.repeat(np.repeat(smooth(75, 100, 3), 20, axis=0), 20, axis=1)
    Image.fromarray(large).save(path)
    for _ in range(2):  # the second time from memory, and said again
        photo = images.load(path)
        assert capsys.readouterr().out == "large.png: reduced from 2000 x 1500 to 1024 x 768 pixels\n"
    assert photo.shape == (768, 1024, 3)
    np.testing.assert_allclose(photo.mean(axis=(0, 1)), large.mean(axis=(0, 1)), atol=1)


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(1024, 1024, (1024, 1024)), (4, 1025, (1024, 4)), (3000, 1, (1, 1024))]
)
def test_the_longer_side_decides(tmp_path, capsys, width, height, expected):
    path = tmp_path / "grey.png"
    Image.new("L", (width, height)).save(path)
    assert images.load(path).shape == expected
    assert (capsys.readouterr().out == "") == (max(width, height) <= images.LARGEST_SIDE)


# ---- what is no picture


@pytest.mark.parametrize(
    ("data", "came"),
    [
        (b"", "an empty file"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "a PDF document"),
        (b"PK\x03\x04\x14\x00\x06\x00", "a ZIP archive or an Office document"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"<?xml version='1.0'?><svg/>", "an XML file"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "a HEIC photo"),
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1", "an AVIF picture"),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isom", "a HEIC photo or a video"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"),
        (b"Dear diary, today I took a picture.", "a file of another kind"),
    ],
)
def test_a_file_that_is_no_picture_says_what_it_is(tmp_path, data, came):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(data)
    expected = f"holiday.jpg: expected a picture (JPEG, PNG, TIFF, GIF, WebP or BMP), got {came}"
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        images.load(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "GIF", "WEBP", "BMP"])
def test_a_file_cut_off_is_broken(kind):
    data = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)), kind)
    images.decode(data, "holiday")
    with pytest.raises(ValueError, match=r"^holiday: expected a whole picture, got a broken file \(.+\)$"):
        images.decode(data[: len(data) * 2 // 3], "holiday")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "GIF", "WEBP", "BMP"])
def test_whatever_is_wrong_inside_a_file_it_is_one_sentence(kind):
    """Bytes overwritten at random: a picture comes out, or a ValueError of our form, and nothing else."""
    rng = np.random.default_rng(0)
    whole = np.frombuffer(encoded(Image.fromarray(smooth(16, 24, 3)), kind), np.uint8)
    refused = 0
    for _ in range(100):
        data = whole.copy()
        data[rng.integers(min(len(data), 200), size=3)] = rng.integers(0, 256, 3)
        try:
            array, _notice = images.decode(data.tobytes(), "own")
            assert array.dtype == np.uint8
        except ValueError as error:
            refused += 1
            assert re.match(r"own: expected .+, got .+", str(error))  # noqa: PT017
    assert 0 < refused < 100


def test_a_picture_of_too_many_pixels():
    header = bytearray(encoded(Image.new("1", (8, 8)), "BMP"))
    header[18:26] = np.array([20_000, 20_000], "<i4").tobytes()  # says that it is 400 megapixels
    with pytest.raises(ValueError, match=r"^own: expected at most 100 million pixels, got more$"):
        images.decode(bytes(header), "own")


@pytest.mark.parametrize("missing", ["no_such_photo", "no/such/file.png", "", "Coffee"])
def test_a_missing_file_names_the_photographs(missing):
    with pytest.raises(
        ValueError, match=rf"^name: expected the path of a picture, or one of coffee, .*, got '{missing}'$"
    ):
        images.load(missing)


def test_a_folder_is_no_picture(tmp_path):
    with pytest.raises(ValueError, match=r"^name: expected the path of a picture, or one of coffee, .*, got '"):
        images.load(tmp_path)


@pytest.mark.parametrize("wrong", [None, 3, COLOURS])
def test_what_is_neither_a_name_nor_a_path(wrong):
    with pytest.raises(TypeError, match=r"^name: expected the path of a picture, or one of coffee, .*, got "):
        images.load(wrong)


# ---- where it lies


@pytest.mark.parametrize("name", ["own.png", "with space.png", "照片 Größe.png", "no_ending", "wrong_ending.jpg"])
def test_any_file_name_as_text_or_as_path(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(encoded(Image.fromarray(COLOURS)))
    np.testing.assert_array_equal(images.load(path), COLOURS)
    np.testing.assert_array_equal(images.load(str(path)), COLOURS)


def test_a_path_beside_the_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(COLOURS).save("own.png")
    np.testing.assert_array_equal(images.load("own.png"), COLOURS)
    np.testing.assert_array_equal(images.load(Path("own.png")), COLOURS)


def test_a_photograph_without_a_label_map():
    with pytest.raises(ValueError, match=r"^name: expected one of '.*', got 'no_such_photo'$"):
        images.ground_truth("no_such_photo")


# ---- grey, and noise


@pytest.mark.parametrize("name", ["coffee", "astronaut", "flower"])
def test_grey_is_scikit_images(name):
    photo = images.load(name)
    expected = rgb2gray(photo)
    np.testing.assert_allclose(images.grey(photo / 255), expected, atol=1e-12)
    whole = images.grey(photo)
    assert whole.dtype == np.uint8
    assert np.abs(whole - 255 * expected).max() <= 0.5 + 1e-9


def test_grey_by_hand():
    colours = np.array([[[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]])
    np.testing.assert_allclose(images.grey(colours), [[0.2125, 0.7154, 0.0721, 1]])
    assert images.grey(np.full((1, 1, 3), 255, np.uint8)).tolist() == [[255]]
    assert images.grey(np.ones((1, 1, 3))).max() <= 1


def test_grey_stays_grey():
    every = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(images.grey(every), every)
    np.testing.assert_array_equal(images.grey(every / 255), every / 255)
    np.testing.assert_array_equal(images.grey(every > 7), every > 7)


def test_noise_has_its_strength_and_its_seed():
    wall = np.full((300, 300), 0.5)
    noisy = images.noisy(wall, 0.1, rng=3)
    assert abs(noisy.std() - 0.1) < 0.001
    assert abs(noisy.mean() - 0.5) < 0.001
    np.testing.assert_array_equal(images.noisy(wall, 0.1, rng=3), noisy)
    assert (images.noisy(wall, 0.1, rng=4) != noisy).any()
    generator = np.random.default_rng(3)
    np.testing.assert_array_equal(images.noisy(wall, 0.1, generator), noisy)


def test_noise_is_clipped_and_none_changes_nothing():
    photo = images.load("coffee")
    strong = images.noisy(photo, 1.0, rng=0)
    assert strong.shape == photo.shape
    assert (strong.min(), strong.max()) == (0, 1)
    np.testing.assert_array_equal(images.noisy(photo, 0), photo / 255)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: images.grey(np.zeros((3, 3, 4))), ValueError, r"image: expected a grey .* got shape \(3, 3, 4\)"),
        (lambda: images.grey(np.full((3, 3), 2.0)), ValueError, "image: expected float values between 0 and 1"),
        (lambda: images.grey(np.full((3, 3), np.nan)), ValueError, "image: expected finite values"),
        (lambda: images.noisy(np.zeros((3, 3)), -0.1), ValueError, "sigma: expected a number of at least 0, got -0.1"),
        (lambda: images.noisy(np.zeros((3, 3)), 0.1, -1), ValueError, "rng: expected an integer of at least 0, got -1"),
        (lambda: images.noisy(np.zeros((0, 3)), 0.1), ValueError, "image: expected at least one pixel"),
    ],
)
def test_what_grey_and_noisy_refuse(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_reduced_by_hand():
    picture = np.array([[0, 2, 10], [4, 6, 30], [100, 200, 7]], dtype=np.uint8)
    np.testing.assert_array_equal(images.reduced(picture, 2), [[3, 20], [150, 7]])
    assert images.reduced(picture, 2).dtype == np.uint8
    np.testing.assert_array_equal(images.reduced(picture, 3), picture)
    np.testing.assert_array_equal(images.reduced(picture, 1), [[40]])
    np.testing.assert_allclose(images.reduced(np.ones((5, 4, 3)), 2), np.ones((2, 2, 3)))


@pytest.mark.parametrize("name", ["coffee", "camera", "chelsea"])
def test_reduced_photos_have_the_mean_of_their_blocks(name):
    photo = images.load(name)
    for side in (37, 96):
        small = images.reduced(photo, side)
        block = -(-max(photo.shape[:2]) // side)
        assert max(small.shape[:2]) <= side
        first = photo[:block, :block].reshape(block * block, -1).mean(axis=0)
        np.testing.assert_allclose(np.ravel(small[0, 0]), first, atol=0.51)
    with pytest.raises(ValueError, match="side: expected an integer of at least 1, got 0"):
        images.reduced(photo, 0)


# ---- what is known of a file is known by its bytes


def test_a_file_replaced_in_place_is_the_new_picture_whatever_its_time(tmp_path, monkeypatch):
    for folder, value in (("a", 10), ("b", 200)):
        (tmp_path / folder).mkdir()
        Image.new("L", (4, 4), value).save(tmp_path / folder / "own.png")
        os.utime(tmp_path / folder / "own.png", (1e9, 1e9))
    seen, prints = [], []
    for folder in "ab":
        monkeypatch.chdir(tmp_path / folder)
        seen.append(images.load("own.png")[0, 0])
        prints.append(images.fingerprint("own.png"))
    for folder in "ab":
        shutil.copy2(tmp_path / folder / "own.png", tmp_path / "c.png")
        seen.append(images.load(tmp_path / "c.png")[0, 0])
        prints.append(images.fingerprint(tmp_path / "c.png"))
    assert seen == [10, 200, 10, 200]
    assert prints[:2] == prints[2:]
    assert prints[0] != prints[1]
    assert images.fingerprint("coffee") == "coffee"
    with pytest.raises(ValueError, match=r"^name: expected the path of a picture, got 'nothing'$"):
        images.fingerprint("nothing")


@pytest.mark.parametrize("name", ["x" * 256 + ".png", "a/" * 3000, "a\0b.png", "."])
def test_a_text_that_can_be_no_file_is_refused_in_our_words(name):
    with pytest.raises(ValueError, match=r"^name: expected the path of a picture, or one of coffee"):
        images.load(name)


def exif(*tags):
    body = b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(tags))
    for tag, kind, count, raw in sorted(tags):
        body += struct.pack("<HHI", tag, kind, count) + raw.ljust(4, b"\0")
    return body + bytes(4)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "odd",
    [
        (0x11A, 1, 1, b"\x48"),
        (0x11A, 2, 3, b"72\0"),
        (0x128, 2, 2, b"2\0"),
        (0x100, 9, 1, struct.pack("<i", -5)),
        (0x8825, 9, 1, struct.pack("<i", -1)),
    ],
)
def test_an_odd_exif_tag_does_not_lose_the_photo_nor_its_orientation(kind, odd):
    turned = (0x112, 3, 1, struct.pack("<H", 6))
    data = encoded(Image.new("RGB", (24, 16), (200, 10, 10)), kind, exif=exif(turned, odd))
    assert images.decode(data)[0].shape == (24, 16, 3)


def tiff(values, bits, form, photometric=1):
    """A picture of 2 x 2 grey values as TIFF writes them."""
    tags = [
        (256, 3, 2), (257, 3, 2), (258, 3, bits), (259, 3, 1), (262, 3, photometric), (273, 4, 0), (277, 3, 1),
        (278, 3, 2), (279, 4, len(values)), (339, 3, form),
    ]  # fmt: skip
    at = 8 + 2 + 12 * len(tags) + 4
    out = b"II*\0" + struct.pack("<IH", 8, len(tags))
    for tag, kind, value in tags:
        value = at if tag == 273 else value
        out += struct.pack("<HHI", tag, kind, 1)
        out += struct.pack("<HH", value, 0) if kind == 3 else struct.pack("<I", value)
    return out + bytes(4) + values


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (tiff(np.array([-1000, 0, 1000, 3000], "<i2").tobytes(), 16, 2), [0, 64, 128, 255]),
        (tiff(np.array([0, 10**6, 10**9, 2 * 10**9], "<i4").tobytes(), 32, 2), [0, 0, 128, 255]),
        (tiff(np.array([0, 1, 2, 3], "<i4").tobytes(), 32, 2), [0, 85, 170, 255]),
        (tiff(np.array([0, 65535, 3 * 10**9, 4 * 10**9], "<u4").tobytes(), 32, 1), [0, 0, 191, 255]),
        (tiff(bytes([0x00, 0x0F, 0xFF, 0x80, 0x00, 0xFF]), 12, 1), [0, 255, 128, 16]),
        (tiff(np.array([0, 20000, 40000, 65535], "<u2").tobytes(), 16, 1, 0), [255, 177, 99, 0]),
        (tiff(np.array([np.nan, 0, 1, np.inf], "<f4").tobytes(), 32, 3), [0, 0, 255, 255]),
    ],
)
def test_tiffs_of_other_depths_and_meanings(data, expected):
    assert images.decode(data)[0].ravel().tolist() == expected


def test_a_transparent_grey_of_16_bits_lies_on_white():
    picture = Image.fromarray(np.array([[0, 257 * 50]], np.uint16))
    assert images.decode(encoded(picture, "PNG", transparency=257 * 50))[0].tolist() == [[0, 255]]


def test_a_small_file_that_asks_for_minutes_of_decoding_is_refused_at_once():
    whole = encoded(Image.new("L", (8, 8), 100), "JPEG", progressive=True)
    size, scan = whole.index(b"\xff\xc2") + 5, whole.index(b"\xff\xda")
    header = whole[:size] + struct.pack(">HH", 9000, 9000) + whole[size + 4 : scan]
    passes = whole[scan : whole.index(b"\xff\xc4", scan)] * 200
    with pytest.raises(
        ValueError, match=r"^own: expected a picture that can be decoded in seconds, got 9000 x 9000 in"
    ):
        images.decode(header + passes + b"\xff\xd9", "own")
    rows = struct.pack("<IiiHHIIiiII", 40, 9000, 9000, 1, 8, 1, 2, 0, 0, 2, 2) + bytes(8) + b"\0\1"
    bitmap = b"BM" + struct.pack("<IHHI", 14 + len(rows), 0, 0, 14 + len(rows) - 2) + rows
    with pytest.raises(
        ValueError, match=r"^own: expected a picture that can be decoded in seconds, got 9000 x 9000 in"
    ):
        images.decode(bitmap, "own")
