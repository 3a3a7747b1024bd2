"""What a network says of a picture: the door, the mode it leaves the network in, probabilities, and what it costs."""

import numpy as np
import pytest
import torch
from torch import nn

from seglearn.networks import VGG16, FCN8s, FCN32s, as_tensor, layer_shapes, n_multiply_adds, predict, probabilities

PICTURE = np.random.default_rng(0).integers(256, size=(40, 70, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    network = FCN8s(4, width=4, head=8, batch_norm=True)
    for layer in (network.score, network.score4, network.score3):
        nn.init.normal_(layer.weight)
    return network


def test_labels_and_probabilities(model):
    labels, shares = predict(model, PICTURE), probabilities(model, PICTURE)
    assert (labels.shape, labels.dtype) == ((40, 70), np.int32)
    assert (shares.shape, shares.dtype) == ((4, 40, 70), np.float32)
    np.testing.assert_allclose(shares.sum(axis=0), 1, rtol=1e-5)
    np.testing.assert_array_equal(shares.argmax(axis=0), labels)
    assert len(np.unique(labels)) > 1
    with torch.no_grad():
        scores = model.eval()(as_tensor(PICTURE[None]))[0].numpy()
    np.testing.assert_array_equal(scores.argmax(axis=0), labels)


@pytest.mark.parametrize("training", [True, False])
def test_it_predicts_alike_in_both_modes_and_leaves_them(model, training):
    model.train(training)
    first = probabilities(model, PICTURE)
    assert model.training is training
    np.testing.assert_array_equal(first, probabilities(model, PICTURE))  # no statistics of the batch
    with pytest.raises(ValueError, match="x: expected at least 32 pixels a side"):
        predict(model, PICTURE[:31])
    assert model.training is training


def test_uint8_and_float_of_the_same_values_give_the_same(model):
    expected = probabilities(model, PICTURE)
    for other in (
        PICTURE / 255,
        (PICTURE / 255).astype(np.float32),
        PICTURE.astype(np.uint16) * 257,
        PICTURE.copy("F"),
    ):
        # Sums of convolutions depend on how memory lies, by some last bits.
        np.testing.assert_allclose(probabilities(model, other), expected, atol=1e-5)


def test_of_equal_scores_the_first_class_wins():
    assert not predict(FCN8s(3, width=1, head=1), PICTURE).any()  # all scores begin at zero


@pytest.mark.parametrize("door", [predict, probabilities])
@pytest.mark.parametrize(
    ("image", "message"),
    [
        (PICTURE[..., 0], r"image: expected an RGB picture \(H, W, 3\); `np.dstack\(\[grey\] \* 3\)`"),
        (PICTURE[:20], r"x: expected at least 32 pixels a side, got 20 x 70"),
        (PICTURE * np.nan, r"image: expected finite values"),
        (PICTURE / 100, r"image: expected float values between 0 and 1"),
        (PICTURE.astype(int), r"image: expected uint8, uint16, bool or float"),
    ],
)
def test_bad_pictures_are_refused(door, model, image, message):
    with pytest.raises((ValueError, TypeError), match=message):
        door(model, image)


def test_multiply_adds_by_hand():
    """VGG16 on 224 x 224: 15.3 milliards in the convolutions, 0.12 in the rest, as published."""
    sizes = [(224, 3, 1), (224, 1, 1), (112, 1, 2), (112, 2, 2), (56, 2, 4), (56, 4, 4), (56, 4, 4), (28, 4, 8),
             (28, 8, 8), (28, 8, 8), (14, 8, 8), (14, 8, 8), (14, 8, 8)]  # fmt: skip
    width = 4
    channels = [(side, 3 if k == 0 else a * width, b * width) for k, (side, a, b) in enumerate(sizes)]
    convolutions = sum(side**2 * 9 * a * b for side, a, b in channels)
    linear = 49 * 8 * width * 10 + 10 * 10 + 10 * 7
    assert n_multiply_adds(VGG16(7, width=width, head=10), 224, 224) == convolutions + linear


def test_multiply_adds_grow_with_the_picture_by_whole_cells():
    model = FCN32s(3, width=2, head=4)
    small, same, large = (n_multiply_adds(model, *size) for size in ((64, 64), (60, 33), (128, 64)))
    assert small == same
    assert large == 2 * small


def test_layer_shapes_by_hand():
    model = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.Sequential(nn.ReLU(), nn.Flatten()), nn.Linear(4 * 4 * 5, 7))
    expected = [("Conv2d", (4, 4, 5)), ("ReLU", (4, 4, 5)), ("Flatten", (80,)), ("Linear", (7,))]
    assert layer_shapes(model, 9, 12) == expected
    assert layer_shapes(model, 9, 12) == expected  # no hook stays
    assert model.training
