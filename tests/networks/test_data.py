"""Pictures with label maps: from memory, from folders of every make, as batches; what is broken is named."""

import numpy as np
import pytest
import torch
from PIL import Image

from seglearn.networks import Dataset, as_tensor, batch, folder_dataset, loaded
from seglearn.networks.data import MEAN, SPREAD

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(256, size=(40, 50, 3)).astype(np.uint8)
LABELS = RNG.choice([0, 1, 2, 255], size=(40, 50)).astype(np.uint8)


@pytest.fixture
def folders(tmp_path):
    """Two folders with one pair, "a": a palette PNG, as VOC has them."""
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    Image.fromarray(PICTURE).save(tmp_path / "images/a.png")
    mask = Image.fromarray(LABELS, "P")
    mask.putpalette(RNG.integers(256, size=768).astype(np.uint8).tolist())
    mask.save(tmp_path / "masks/a.png")
    return tmp_path / "images", tmp_path / "masks"


def test_a_palette_png_gives_its_indices(folders):
    data = folder_dataset(*folders, ("sky", "sea", "land"))
    assert data.classes == ("sky", "sea", "land")
    image, labels = data[0]
    np.testing.assert_array_equal(image, PICTURE)
    np.testing.assert_array_equal(labels, LABELS)
    assert labels.dtype == np.int32


def test_every_other_kind_of_file(folders):
    images, masks = folders
    Image.fromarray(LABELS).save(masks / "b.png")  # an index PNG, as CamVid has them
    Image.fromarray(PICTURE[..., 0]).save(images / "b.bmp")  # grey
    Image.fromarray(LABELS.astype(np.uint16)).save(masks / "c.tif")
    Image.fromarray(PICTURE[:30]).save(images / "c.jpg", quality=95)
    Image.fromarray(LABELS[:30].astype(np.uint16)).save(masks / "c.tif")
    Image.fromarray(np.dstack([PICTURE, LABELS])).save(images / "d.png")  # with transparency
    Image.fromarray(LABELS == 1).save(masks / "d.png")  # one bit
    (images / "notes.txt").write_text("no picture")
    data = folder_dataset(images, masks, 3)
    assert len(data) == 4
    assert data.classes == ("class 0", "class 1", "class 2")
    np.testing.assert_array_equal(data[1][0], np.dstack([PICTURE[..., 0]] * 3))
    np.testing.assert_array_equal(data[1][1], LABELS)
    assert data[2][0].shape == (30, 50, 3)
    np.testing.assert_array_equal(data[2][1], LABELS[:30])
    np.testing.assert_array_equal(data[3][0], PICTURE)
    np.testing.assert_array_equal(data[3][1], LABELS == 1)
    assert [image.shape for image in loaded(data).images] == [image.shape for image, _ in data]


def test_names_choose_and_order(folders, tmp_path):
    images, masks = folders
    for name in "bc":
        Image.fromarray(PICTURE).save(images / f"{name}.png")
    Image.fromarray(np.full((40, 50), 2, np.uint8)).save(masks / "b.png")
    (tmp_path / "train.txt").write_text("b\na\n")
    for names in (("b", "a"), tmp_path / "train.txt"):
        data = folder_dataset(images, masks, 3, names=names)
        assert [labels.min() == labels.max() for _, labels in data] == [True, False]
    with pytest.raises(ValueError, match=r"masks: expected a map for every picture .* got no pair for c$"):
        folder_dataset(images, masks, 3)
    with pytest.raises(ValueError, match=r"got no pair for x, c$"):
        folder_dataset(images, masks, 3, names=["x", "a", "c"])


def test_many_without_partner_are_counted(folders):
    for k in range(9):
        Image.fromarray(PICTURE).save(folders[0] / f"p{k}.png")
    with pytest.raises(ValueError, match=r"got no pair for p0, p1, p2, p3, p4 and 4 more"):
        folder_dataset(*folders, 3)


def test_folders_that_are_none(folders, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"images: expected a folder with pictures .* got none in '.*empty'"):
        folder_dataset(tmp_path / "empty", folders[1], 3)
    with pytest.raises(ValueError, match=r"masks: expected a folder, got '.*nowhere'"):
        folder_dataset(folders[0], tmp_path / "nowhere", 3)


@pytest.mark.parametrize(
    ("folder", "content", "message"),
    [
        (0, b"no picture", r"a\.png: expected a picture, got a file of another kind"),
        (0, "cut", r"a\.png: expected a whole picture, got a broken file"),
        (1, "cut", r"a\.png: expected a whole picture, got a broken file"),
        (1, PICTURE, r"masks.a\.png: expected label numbers: a palette or a grey PNG, got a picture in RGB"),
        (1, LABELS[:39], r"masks.a\.png: expected the picture's size \(40, 50\), got \(39, 50\)"),
        (1, np.full((40, 50), 3, np.uint8), r"masks.a\.png: expected labels below 3, or 255 where undecided, got 3"),
    ],
)
def test_broken_files_are_named_when_they_are_read(folders, folder, content, message):
    path = folders[folder] / "a.png"
    if isinstance(content, np.ndarray):
        Image.fromarray(content).save(path)
    else:
        path.write_bytes(path.read_bytes()[:200] if content == "cut" else content)
    data = folder_dataset(*folders, 3)
    with pytest.raises(ValueError, match=message):
        data[0]


@pytest.mark.parametrize(
    ("image", "labels", "message"),
    [
        (PICTURE[..., 0], LABELS, r"images\[0\]: expected an RGB picture \(H, W, 3\); .* got shape \(40, 50\)"),
        (PICTURE[..., :2], LABELS, r"images\[0\]: expected a grey \(H, W\) or RGB \(H, W, 3\) image"),
        (PICTURE * np.nan, LABELS, r"images\[0\]: expected finite values"),
        (PICTURE, LABELS[1:], r"labels\[0\]: expected the picture's size \(40, 50\), got \(39, 50\)"),
        (PICTURE, LABELS + 1.0, r"labels\[0\]: expected integer labels"),
        (PICTURE, LABELS.astype(int) - 1, r"labels\[0\]: expected labels from 0, got a smallest label of -1"),
        (PICTURE, np.full((40, 50), 3), r"labels\[0\]: expected labels below 3, or 255 where undecided, got 3"),
    ],
)
def test_bad_pairs_are_refused(image, labels, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Dataset([image], [labels], "abc")[0]


def test_bad_lists_are_refused():
    with pytest.raises(ValueError, match=r"labels: expected one map for each of 2 pictures, got 1"):
        Dataset([PICTURE, PICTURE], [LABELS], "abc")
    with pytest.raises(ValueError, match=r"images: expected at least one picture, got none"):
        Dataset([], [], "abc")


def test_floats_come_in_as_bytes():
    image, _ = Dataset([PICTURE / 255], [LABELS], "abc")[0]
    np.testing.assert_array_equal(image, PICTURE)


# ---- batches


def test_as_tensor_by_hand():
    x = as_tensor(PICTURE[None])
    assert x.shape == (1, 3, 40, 50)
    assert x.is_contiguous(memory_format=torch.channels_last)
    for c in range(3):
        assert float(x[0, c, 7, 9]) == pytest.approx((PICTURE[7, 9, c] / 255 - MEAN[c]) / SPREAD[c], rel=1e-5)


def test_picture_and_map_are_cut_and_mirrored_together():
    value = np.arange(40 * 50).reshape(40, 50) % 251
    data = Dataset([np.dstack([value] * 3).astype(np.uint8)], [value], range(251))
    seen = set()
    for seed in range(30):
        x, y = batch(data, [0, 0], np.random.default_rng(seed), size=32)
        assert (x.shape, y.shape, y.dtype) == ((2, 3, 32, 32), (2, 32, 32), torch.int64)
        back = (x[:, 0] * SPREAD[0] + MEAN[0]) * 255
        torch.testing.assert_close(back, y.float(), atol=1e-3, rtol=0)
        seen |= {(int(labels[0, 0]), bool(labels[0, 0] < labels[0, 1])) for labels in y}
    assert len(seen) > 50
    assert {mirrored for _, mirrored in seen} == {True, False}


def test_what_a_small_picture_lacks_is_undecided():
    x, y = batch(Dataset([PICTURE], [LABELS], "abc"), [0], np.random.default_rng(0), size=64, flip=False)
    assert x.shape == (1, 3, 64, 64)
    np.testing.assert_array_equal(y[0, :40, :50], LABELS)
    assert (y[0, 40:] == 255).all()
    assert (y[0, :, 50:] == 255).all()


def test_whole_pictures_must_be_of_one_size():
    data = Dataset([PICTURE, PICTURE[:32]], [LABELS, LABELS[:32]], "abc")
    assert batch(data, [0, 0], np.random.default_rng(0), flip=False)[1].shape == (2, 40, 50)
    with pytest.raises(ValueError, match=r"data: expected pictures of one size, or a `size` .* got \[\(32, 50\), \(40"):
        batch(data, [0, 1], np.random.default_rng(0))


def test_numbered_objects_become_classes(folders):
    numbered = RNG.integers(0, 1000, size=(40, 50)).astype(np.uint16)
    Image.fromarray(numbered).save(folders[1] / "a.png")
    data = folder_dataset(*folders, ("background", "nucleus"), remap=lambda objects: objects > 0)
    np.testing.assert_array_equal(data[0][1], numbered > 0)


def test_what_is_loaded_is_not_renumbered_twice():
    data = loaded(Dataset([PICTURE], [np.zeros((40, 50), int)], "abc", remap=lambda labels: labels + 1))
    assert (data[0][1] == 1).all()


def test_without_flip_nothing_is_mirrored():
    data = Dataset([PICTURE], [LABELS], "abc")
    for seed in range(10):
        _, y = batch(data, [0], np.random.default_rng(seed), flip=False)
        np.testing.assert_array_equal(y[0], LABELS)


def test_what_a_small_picture_lacks_repeats_its_edge():
    x, _ = batch(Dataset([PICTURE], [LABELS], "abc"), [0], np.random.default_rng(0), size=64, flip=False)
    assert torch.equal(x[..., 40:, :50], x[..., 39:40, :50].expand(-1, -1, 24, -1))
    assert torch.equal(x[..., 50:], x[..., 49:50].expand(-1, -1, -1, 14))


def test_endings_may_be_capitals(tmp_path):
    for name, array, ending in (("images", PICTURE, "JPG"), ("masks", LABELS, "PNG")):
        (tmp_path / name).mkdir()
        Image.fromarray(array).save(tmp_path / name / f"a.{ending}")
    assert len(folder_dataset(tmp_path / "images", tmp_path / "masks", 3)) == 1
