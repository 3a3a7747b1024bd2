"""Scenes: seeded, exact, from parts of photographs that training and test don't share, hard for the reasons told."""

import importlib
import time

import numpy as np
import pytest
from scipy import ndimage

from seglearn import images
from seglearn.networks import CLASSES, scenes
from seglearn.networks.scenes import (
    BUILDING,
    LOOKS,
    POLE,
    ROAD,
    SKY,
    TINTS,
    VEHICLE,
    WATER,
    _box,
    _grain,
    _paint,
    _photographed,
    _pole,
    _Street,
)


@pytest.fixture(scope="module")
def many():
    return scenes(60, rng=0)


def test_pictures_and_maps(many):
    assert len(many) == 60
    assert many.classes == CLASSES
    for image, labels in many:
        assert (image.shape, image.dtype) == ((96, 96, 3), np.uint8)
        assert (labels.shape, labels.dtype) == ((96, 96), np.int32)
        assert labels.max() < len(CLASSES)
    share = np.bincount(np.ravel(many.labels), minlength=len(CLASSES)) / np.size(many.labels)
    assert (share > 0.02).all()
    assert share.max() < 0.45


def test_the_same_seed_gives_the_same_and_another_another():
    first, again, other = (scenes(3, rng=seed) for seed in (0, 0, 1))
    assert np.array_equal(first.images, again.images)
    assert np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.labels, other.labels)


def test_the_split_changes_textures_not_streets():
    train, test = (scenes(1, split=split, rng=0) for split in ("train", "test"))
    assert (train.labels[0][0] == test.labels[0][0]).mean() > 0.9
    assert not np.array_equal(train.images[0], test.images[0])


@pytest.mark.parametrize("name", sorted({name for photos, _ in LOOKS.values() for name in photos}))
def test_training_and_test_share_no_pixel_of_a_photograph(name):
    """Light up the right half only: nothing of it reaches what training cuts from."""
    width = images.load(name).shape[1]
    left, right = _grain(name, "train"), _grain(name, "test")
    assert left.shape[1] + right.shape[1] == width
    assert min(*left.shape[:2], *right.shape[:2]) >= 150
    assert not np.array_equal(left[:50, :50], right[:50, :50])


def test_ground_is_water_under_a_dark_sky_alone(many):
    for labels in many.labels:
        found = set(np.unique(labels)) & {ROAD, WATER}
        assert len(found) <= 1
    dark = [i.astype(float)[l == SKY].mean() for i, l in many if WATER in l]
    clear = [i.astype(float)[l == SKY].mean() for i, l in many if ROAD in l]
    assert len(dark) > 15 < len(clear)
    assert np.mean(clear) > 1.4 * np.mean(dark)


def test_three_times_out_of_four_the_ground_does_not_tell_road_from_water():
    (photos, tints), (others, also) = LOOKS[ROAD], LOOKS[WATER]
    assert photos == others
    assert len(set(tints) & set(also)) == 3
    assert len(tints) == len(also) == 4


def test_most_tints_belong_to_several_classes():
    owners = {tint: [c for c, (_, tints) in LOOKS.items() if tint in tints] for tint in TINTS}
    assert sum(len(found) > 1 for found in owners.values()) > 0.8 * len(TINTS)


def test_vehicles_come_in_three_sizes():
    lengths = []
    for labels in scenes(80, rng=0).labels:
        for box in ndimage.find_objects(ndimage.label(labels == VEHICLE)[0]):
            if box[1].start > 0 and box[1].stop < 96:
                lengths.append(box[1].stop - box[1].start)
    assert np.percentile(lengths, 90) > 2.2 * np.percentile(lengths, 20)


def test_a_thousand_pictures_take_seconds():
    scenes(1, rng=0)
    start = time.perf_counter()
    scenes(20, rng=0)
    assert time.perf_counter() - start < 2  # 0.1 on a quiet machine


@pytest.mark.parametrize("size", [32, 33, 150])
def test_other_sizes(size):
    image, labels = scenes(1, size=size, rng=0)[0]
    assert image.shape[:2] == labels.shape == (size, size)


@pytest.mark.parametrize(
    ("n_scenes", "more", "error", "message"),
    [
        (0, {}, ValueError, r"n_scenes: expected an integer of at least 1, got 0"),
        (1, {"size": 31}, ValueError, r"size: expected an integer from 32 to 150, got 31"),
        (1, {"split": "val"}, ValueError, r"split: expected one of 'train', 'test', got 'val'"),
        (1, {"rng": "x"}, TypeError, r"rng: expected an integer of at least 0"),
    ],
)
def test_bad_input_is_refused(n_scenes, more, error, message):
    with pytest.raises(error, match=message):
        scenes(n_scenes, **more)


@pytest.mark.parametrize(("split", "side"), [("train", slice(80, None)), ("test", slice(None, 80))])
def test_a_grain_knows_nothing_of_the_other_half(split, side, monkeypatch):
    photo = np.random.default_rng(0).integers(256, size=(40, 160, 3)).astype(np.uint8)
    changed = photo.copy()
    changed[:, side] //= 4
    monkeypatch.setattr(images, "load", {"noise": photo, "noise, half of it dark": changed}.get)
    one, two = _grain("noise", split), _grain("noise, half of it dark", split)
    assert one.shape == (40, 80, 3)
    assert np.array_equal(one, two)


def test_the_sky_is_brighter_towards_the_horizon(many):
    high, low = (
        np.mean([image[rows][labels[rows] == SKY].mean() for image, labels in many if (labels[rows] == SKY).any()])
        for rows in (slice(0, 6), slice(36, 42))
    )
    assert low > 1.05 * high


def test_what_is_near_is_painted_last(monkeypatch):
    module, feet = importlib.import_module("seglearn.networks.scenes"), []
    for name in ("_tree", "_vehicle", "_pole"):
        monkeypatch.setattr(module, name, lambda street, foot: feet.append(foot))
    for seed in range(5):
        feet.clear()
        scenes(1, size=32, rng=seed)
        assert 4 <= len(feet) <= 8
        assert feet == sorted(feet)


def street(seed=0, *, size=96, value=0.5, label=BUILDING):
    rows, cols = np.mgrid[:size, :size] / size
    image, labels = np.full((size, size, 3), float(value)), np.full((size, size), label, np.int32)
    return _Street(image, labels, rows, cols, "train", np.random.default_rng(seed), False, 0.5)


def test_poles_are_four_to_seven_pixels_wide():
    widths = set()
    for seed in range(40):
        here = street(seed)
        _pole(here, 0.9)
        row = here.labels[80] == POLE  # below the arm
        if not row[-1]:
            widths.add(int(row.sum()))
    assert widths == {4, 5, 6, 7}


def test_a_box_ends_before_its_lower_and_its_right_edge():
    assert np.argwhere(_box(street(size=4), 0.25, 0.5, 0.75, 0.75)).tolist() == [[1, 2], [2, 2]]


def test_with_another_look_it_stays_its_own_class():
    here = street(size=4)
    _paint(here, _box(here, 0, 0, 0.5, 1), VEHICLE, SKY, "dark")
    assert here.labels.tolist() == [[VEHICLE] * 4] * 2 + [[BUILDING] * 4] * 2


def test_a_photograph_is_cut_off_at_black_and_at_white():
    assert (_photographed(street(value=10)) == 255).all()
    assert _photographed(street(value=0)).max() < 60  # noise alone


def test_shadows_fall_on_everything_but_the_sky():
    def varied(label):  # by how much the means of 12 x 12 pixels differ, without the noise
        taken = [_photographed(street(seed, label=label)).astype(float) for seed in range(6)]
        return max(np.ptp(t[..., 0].reshape(8, 12, 8, 12).mean(axis=(1, 3))) for t in taken)

    assert varied(SKY) < 10
    assert varied(ROAD) > 20
