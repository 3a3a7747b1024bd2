"""The label maps in seglearn/data/ground_truth/: made from the outlines, fit for scoring."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from seglearn import images
from tools.ground_truth import BAND, OUTLINES, OUTPUT, UNLABELLED, add_band, label_map, paint

NAMES = [
    "astronaut", "camera", "chelsea", "china", "coffee", "coins", "flower", "horse", "immunohistochemistry",
    "motorcycle", "rocket",
]  # fmt: skip
CLASSES = json.loads((OUTPUT / "classes.json").read_text())

# Share of the picture in per cent: wide enough for an outline drawn anew, too narrow for a mix-up.
SHARE = {
    ("astronaut", "person"): (35, 50),
    ("astronaut", "helmet"): (8, 15),
    ("astronaut", "flag"): (8, 16),
    ("astronaut", "shuttle"): (4, 9),
    ("astronaut", "table"): (3, 9),
    ("camera", "person"): (20, 32),
    ("camera", "camera"): (2, 7),
    ("camera", "grass"): (20, 40),
    ("camera", "buildings"): (3, 10),
    ("chelsea", "cat"): (65, 85),
    ("china", "temple"): (17, 27),
    ("china", "trees"): (8, 25),
    ("china", "water"): (3, 8),
    ("coffee", "saucer"): (15, 30),
    ("coffee", "cup"): (8, 20),
    ("coffee", "coffee"): (3, 7),
    ("coffee", "spoon"): (1.5, 4),
    ("coins", "coin"): (20, 40),
    ("flower", "flower"): (18, 30),
    ("horse", "horse"): (25, 40),
    ("immunohistochemistry", "gland"): (48, 60),
    ("motorcycle", "motorbike"): (18, 35),
    ("rocket", "rocket"): (1.2, 3),
    ("rocket", "pad"): (0.2, 1),
}


def saved(name):
    return np.array(Image.open(OUTPUT / f"{name}.png"))


def test_every_outline_has_its_picture_and_its_classes():
    assert sorted(path.stem for path in OUTLINES.glob("*.json")) == NAMES
    assert sorted(path.stem for path in OUTPUT.glob("*.png")) == NAMES
    assert sorted(CLASSES) == NAMES
    assert {(name, one) for name in NAMES for one in CLASSES[name][1:]} == set(SHARE)


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_is_what_the_outlines_give(name):
    np.testing.assert_array_equal(saved(name), label_map(name))
    assert json.loads((OUTLINES / f"{name}.json").read_text())["classes"] == CLASSES[name]


@pytest.mark.parametrize("name", NAMES)
def test_labels_lie_on_the_photograph_and_in_its_classes(name):
    labels = saved(name)
    assert labels.dtype == np.uint8
    assert labels.shape == images.load(name).shape[:2]
    assert CLASSES[name][0] == "background"
    assert set(np.unique(labels)) == {*range(len(CLASSES[name])), UNLABELLED}


@pytest.mark.parametrize("name", NAMES)
def test_two_classes_never_come_closer_than_the_band(name):
    labels = saved(name)
    for axis in (0, 1):
        for distance in range(1, 2 * BAND + 1):  # two pixels on either side of every border
            first = np.take(labels, range(labels.shape[axis] - distance), axis)
            second = np.take(labels, range(distance, labels.shape[axis]), axis)
            scored = (first != UNLABELLED) & (second != UNLABELLED)
            assert not (scored & (first != second)).any()


@pytest.mark.parametrize("name", NAMES)
def test_most_of_the_picture_is_scored(name):
    assert (saved(name) == UNLABELLED).mean() < 0.4


@pytest.mark.parametrize(("name", "one"), SHARE)
def test_each_class_has_a_sensible_area(name, one):
    low, high = SHARE[name, one]
    assert low < 100 * (saved(name) == CLASSES[name].index(one)).mean() < high


def test_the_horse_is_the_silhouette_itself():
    labels, silhouette = saved("horse"), images.load("horse")
    assert (silhouette[labels == 1] == 0).all()
    assert (silhouette[labels == 0] == 255).all()


def test_there_are_24_coins():
    assert ndimage.label(saved("coins") == 1)[1] == 24


def test_a_later_shape_covers_an_earlier_one():
    outlines = {
        "classes": ["background", "a", "b"],
        "shapes": [
            {"class": "a", "polygon": "1,1 1,4 4,4 4,1"},
            {"class": "b", "ellipse": "2,2 1.2,0.5 0"},
            {"class": "unlabelled", "polygon": "4,3 4,4 3,4"},
        ],
    }
    expected = [
        [0, 0, 0, 0, 0, 0],
        [0, 1, 2, 1, 1, 0],
        [0, 1, 2, 1, 1, 0],
        [0, 1, 2, 1, 255, 0],
        [0, 1, 1, 255, 255, 0],
        [0, 0, 0, 0, 0, 0],
    ]
    np.testing.assert_array_equal(paint(outlines, (6, 6)), expected)


def test_the_band_is_two_pixels_on_either_side():
    labels = np.zeros((3, 10), dtype=np.uint8)
    labels[:, 5:] = 1
    np.testing.assert_array_equal(add_band(labels), [[0, 0, 0, 255, 255, 255, 255, 1, 1, 1]] * 3)
