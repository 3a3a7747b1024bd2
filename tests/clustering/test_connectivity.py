import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import label as pieces_of

from seglearn.clustering import connectivity
from seglearn.clustering.connectivity import enforce_connectivity

some = settings(max_examples=40)


def assert_connected(labels):
    """Every label from 0 on is there, in one piece."""
    n_labels = labels.max() + 1
    assert labels.dtype == np.int32
    assert np.array_equal(np.unique(labels), np.arange(n_labels))
    assert pieces_of(labels, connectivity=1, background=-1).max() == n_labels


def test_enforce_connectivity_by_hand():
    labels = [
        [0, 0, 1, 1, 0],
        [0, 0, 1, 1, 1],
        [2, 0, 2, 1, 1],
        [2, 2, 2, 2, 2],
    ]
    # The 0 in the corner is a piece of its own, of one pixel.
    assert enforce_connectivity(labels, 2).tolist() == [[0, 0, 1, 1, 1], [0, 0, 1, 1, 1], [2, 0, 2, 1, 1], [2] * 5]
    assert enforce_connectivity(labels, 1)[0].tolist() == [0, 0, 1, 1, 2]
    # Label 0 (5 pixels) touches label 1 along 2 sides, label 2 along 3.
    assert enforce_connectivity(labels, 6).tolist() == [[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1] * 5]
    assert enforce_connectivity(labels, 1, n_segments=2).tolist() == enforce_connectivity(labels, 6).tolist()
    # No piece has 99 pixels: the largest stay, here two of 7 pixels each.
    assert enforce_connectivity(labels, 99).tolist() == enforce_connectivity(labels, 7).tolist()
    assert enforce_connectivity(labels, 7).max() == 1


def test_a_piece_among_small_ones_waits_for_an_owner():
    assert enforce_connectivity([[3, 2, 1, 0, 0, 0]], 2).tolist() == [[0] * 6]


@some
@given(arrays(np.int64, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 2)), st.integers(1, 9))
def test_enforce_connectivity_keeps_large_pieces_whole(labels, min_size):
    joined = enforce_connectivity(labels, min_size)
    assert_connected(joined)
    pieces = pieces_of(labels, connectivity=1, background=-1)
    sizes = np.bincount(pieces.ravel())
    large = [p for p in range(1, len(sizes)) if sizes[p] >= min(min_size, sizes.max())]
    assert joined.max() + 1 == len(large)
    for piece in np.unique(pieces):  # no piece is divided, and no two large ones are united
        assert len(np.unique(joined[pieces == piece])) == 1
    assert len({joined[pieces == piece][0] for piece in large}) == len(large)
    assert enforce_connectivity(labels, 1, n_segments=3).max() < 3


@pytest.mark.parametrize("n_segments", [None, 4])
def test_kernels_stay_within_bounds(monkeypatch, n_segments):
    labels = np.random.default_rng(1).integers(3, size=(9, 11))
    compiled = enforce_connectivity(labels, 3, n_segments)
    for name in ("_pieces", "_join"):
        monkeypatch.setattr(connectivity, name, getattr(connectivity, name).py_func)  # plain Python checks every index
    assert np.array_equal(enforce_connectivity(labels, 3, n_segments), compiled)


def test_bad_label_maps():
    with pytest.raises(ValueError, match="min_size: expected an integer of at least 1, got 0"):
        enforce_connectivity([[0, 1]], 0)
    with pytest.raises(ValueError, match="n_segments: expected an integer of at least 1, got 0"):
        enforce_connectivity([[0, 1]], 1, 0)
    with pytest.raises(TypeError, match="labels: expected integer labels"):
        enforce_connectivity([[0.5, 1]], 1)


def test_a_label_may_be_any_number():
    labels = np.random.default_rng(0).integers(3, size=(20, 20))
    expected = enforce_connectivity(labels, 4)
    np.testing.assert_array_equal(enforce_connectivity(2**31 - 1 - labels, 4), expected)
