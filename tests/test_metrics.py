import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from skimage import data, segmentation
from skimage.metrics import contingency_table
from sklearn.metrics import accuracy_score, jaccard_score, r2_score

from seglearn import metrics

TWO = np.array([[0, 0, 0, 1, 1, 1]] * 4)  # left and right half
BAND = np.array([[0, 0, 255, 255, 1, 1]] * 4)  # the same, the border undecided

some = settings(max_examples=40)

maps = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda shape: st.tuples(
        arrays(np.int64, shape, elements=st.integers(0, 3)),
        arrays(np.int64, shape, elements=st.sampled_from([0, 1, 2, 255])).filter(lambda a: (a != 255).any()),
    )
)


@pytest.fixture(scope="module")
def photo():
    return data.astronaut()[::2, ::2]


@pytest.fixture(scope="module")
def superpixels(photo):
    return segmentation.slic(photo, 100, start_label=0)


@pytest.fixture(scope="module")
def truth(photo):
    rows, cols = np.mgrid[:256, :256]
    classes = (((rows - 128) ** 2 + (cols - 110) ** 2 < 80**2) + (cols > 200)).astype(int)
    band = ndimage.maximum_filter(classes, 5) != ndimage.minimum_filter(classes, 5)
    return np.where(band, 255, classes)


# By hand.


@pytest.mark.parametrize(("column", "tolerance", "recall"), [(3, 0, 1), (4, 0, 0), (4, 1, 1), (5, 1, 0), (5, 2, 1)])
def test_boundary_recall_by_hand(column, tolerance, recall):
    superpixels = (np.arange(6) >= column) * np.ones((4, 1), dtype=int)
    assert metrics.boundary_recall(superpixels, TWO, tolerance) == recall


def test_boundary_recall_counts_true_boundary_pixels():
    superpixels = TWO.copy()
    superpixels[0] = 0  # in the first row the boundary is missing; there the map turns along row 0, columns 3 to 5
    assert metrics.boundary_recall(superpixels, TWO, 0) == 0.75


def test_boundary_recall_finds_the_middle_of_the_band():
    assert metrics.boundary_recall(TWO, BAND, 0) == 1
    assert metrics.boundary_recall(BAND, BAND, 0) == 0  # its borders lie one pixel off the middle, on either side
    assert metrics.boundary_recall(BAND, BAND, 1) == 1


def _line(*columns):
    return np.isin(np.arange(6), columns) * np.ones((4, 1), dtype=bool)


@pytest.mark.parametrize(
    ("edges", "truth", "tolerance", "precision", "recall"),
    [
        (_line(2), TWO, 0, 1, 1),  # the boundary of TWO and of BAND is column 2
        (_line(3), TWO, 0, 0, 0),
        (_line(3), TWO, 1, 1, 1),
        (_line(1, 2, 3), TWO, 1, 1, 1),  # a thick line is right as far as the tolerance goes
        (_line(0, 2, 3, 5), TWO, 0, 1 / 4, 1),
        (_line(0, 2, 3, 5), TWO, 1, 2 / 4, 1),
        (_line(2) & (np.arange(4) < 2)[:, None], TWO, 0, 1, 2 / 4),
        (_line(2) & (np.arange(4) < 2)[:, None], TWO, 1, 1, 3 / 4),
        (_line(2, 3, 5), BAND, 0, 1 / 2, 1),  # column 3 is undecided, and no boundary: it doesn't count
        (_line(2, 3, 5), TWO, 0, 1 / 3, 1),
        (_line(), TWO, 2, 1, 0),
        (_line(5), np.zeros((4, 6), int), 2, 0, 1),
        (_line(), np.zeros((4, 6), int), 2, 1, 1),
    ],
)
def test_boundary_f_by_hand(edges, truth, tolerance, precision, recall):
    f = 2 * precision * recall / (precision + recall) if precision + recall else 0
    assert metrics.boundary_f(edges, truth, tolerance) == pytest.approx((precision, recall, f))
    assert metrics.boundary_f(7.0 * edges, truth, tolerance) == pytest.approx((precision, recall, f))


def test_true_boundary_by_hand():
    assert (metrics.true_boundary(TWO) == _line(2)).all()
    assert (metrics.true_boundary(BAND) == _line(2)).all()
    assert (metrics.true_boundary(BAND, ignore=None) == _line(1, 3)).all()


def test_boundary_curve_by_hand():
    strength = np.array([[0, 0, 3, 2, 0, 1]] * 4)  # the boundary is column 2
    precision, recall, f = metrics.boundary_curve(strength, [1, 2, 3, 4], _line(2), _line(0, 1, 2, 3, 4, 5), 0)
    assert precision == pytest.approx([1 / 3, 1 / 2, 1, 1])
    assert recall == pytest.approx([1, 1, 1, 0])
    assert f == pytest.approx([1 / 2, 2 / 3, 1, 0])
    precision = metrics.boundary_curve(strength, [1, 2], _line(2), _line(0, 1, 2, 3, 4), 0)[0]
    assert precision == pytest.approx([1 / 2, 1 / 2])  # column 5 no longer counts
    precision = metrics.boundary_curve(strength, [1, 2], _line(2), _line(), 1)[0]
    assert precision == pytest.approx([1, 1])


def test_undersegmentation_error_by_hand():
    assert metrics.undersegmentation_error(TWO, TWO) == 0
    # One superpixel over both halves pays 12 in each of them: 24 of 24 pixels.
    assert metrics.undersegmentation_error(np.zeros((4, 6), int), TWO) == 1
    # A border one column off: the left superpixel leaks 4 pixels, paid once in each half.
    assert metrics.undersegmentation_error((np.arange(6) >= 4) * np.ones((4, 1), int), TWO) == 8 / 24
    assert metrics.undersegmentation_error((np.arange(6) >= 4) * np.ones((4, 1), int), BAND) == 0


def test_covering_by_hand():
    truth = np.array([[0, 0, 0, 0, 1, 1, 255, 255]])
    assert metrics.covering(truth, truth) == 1
    assert metrics.covering(np.zeros_like(truth), truth) == pytest.approx((4 * 4 / 6 + 2 * 2 / 6) / 6)
    assert metrics.covering(np.array([[7, 7, 3, 3, 3, 3, 9, 9]]), truth) == pytest.approx((4 * 2 / 4 + 2 * 2 / 4) / 6)
    assert metrics.covering(np.array([[5, 5, 5, 5, 2, 2, 0, 1]]), truth) == 1  # what is ignored doesn't count
    assert metrics.covering(np.zeros_like(truth), truth, ignore=None) == pytest.approx((16 + 4 + 4) / 64)


@pytest.mark.parametrize("seed", range(3))
def test_covering_pair_by_pair(seed):
    rng = np.random.default_rng(seed)
    labels, truth = rng.integers(0, 5, (2, 9, 11))
    masks = [labels == k for k in range(5)], [truth == k for k in range(5)]
    best = [max((g & r).sum() / (g | r).sum() for r in masks[0]) for g in masks[1]]
    expected = sum(g.sum() * b for g, b in zip(masks[1], best)) / truth.size
    assert metrics.covering(labels, truth) == pytest.approx(expected)
    assert metrics.covering(labels * 10**6, truth) == metrics.covering(labels, truth)  # names don't matter


def test_covering_refuses_what_is_no_pair_of_maps():
    with pytest.raises(ValueError, match="labels: expected the truth's shape"):
        metrics.covering(np.zeros((2, 3), int), np.zeros((3, 2), int))
    with pytest.raises(ValueError, match="at least one decided pixel"):
        metrics.covering(np.zeros((2, 3), int), np.full((2, 3), 255))


def test_compactness_by_hand():
    assert metrics.compactness(np.zeros((5, 5), int)) == pytest.approx(np.pi / 4)
    assert metrics.compactness(np.kron([[0, 1], [2, 3]], np.ones((3, 3), int))) == pytest.approx(np.pi / 4)
    assert metrics.compactness(np.zeros((1, 7), int)) == pytest.approx(7 * np.pi / 64)
    # An L of 3 pixels (8 sides) and 1 pixel (4 sides): the label between them is missing.
    assert metrics.compactness([[0, 2], [0, 0]]) == pytest.approx((3 * 12 * np.pi / 64 + 4 * np.pi / 16) / 4)


def test_explained_variation_by_hand():
    image = np.array([[0.0, 0.2, 0.8, 1.0]])
    assert metrics.explained_variation([[0, 0, 1, 1]], image) == pytest.approx(4 * 0.4**2 / (2 * 0.25 + 2 * 0.09))
    assert metrics.explained_variation([[0, 1, 2, 3]], image) == pytest.approx(1)
    assert metrics.explained_variation([[0, 0, 0, 0]], image) == pytest.approx(0)


def test_pixel_accuracy_and_mean_iou_by_hand():
    prediction = (np.arange(6) >= 4) * np.ones((4, 1), int)
    assert metrics.pixel_accuracy(prediction, TWO) == 20 / 24
    assert metrics.mean_iou(prediction, TWO) == (12 / 16 + 8 / 12) / 2
    assert metrics.mean_iou(prediction, BAND) == 1


def test_mean_iou_counts_a_class_that_is_only_predicted():
    assert metrics.mean_iou([[0, 0, 2]], [[0, 0, 0]]) == (2 / 3 + 0) / 2


def test_boundary_iou_by_hand():
    square, smaller = np.zeros((9, 9), int), np.zeros((9, 9), int)
    square[2:7, 2:7], smaller[3:6, 3:6] = 1, 1
    assert metrics.boundary_iou(square, square, 1) == 1
    # Class 1: rings of 16 and 8 pixels that don't meet. Class 0: the frame (32), and outside the square rings of
    # 24 pixels around 5 x 5 and of 16 around 3 x 3, the latter inside the square.
    assert metrics.boundary_iou(smaller, square, 1) == (0 + 32 / (32 + 24 + 16)) / 2


def test_boundary_iou_sees_what_iou_hides():
    truth, rough = np.zeros((100, 100), int), np.zeros((100, 100), int)
    truth[10:90, 10:90], rough[13:90, 10:90] = 1, 1
    assert metrics.boundary_iou(rough, truth, 2) < 0.9 < metrics.mean_iou(rough, truth)


# Independent references.


def _recall_one_by_one(labels, truth, tolerance):
    height, width = truth.shape
    found = wanted = 0

    def boundary(array, r, c):
        right = c + 1 < width and array[r, c] != array[r, c + 1]
        return right or (r + 1 < height and array[r, c] != array[r + 1, c])

    for r in range(height):
        for c in range(width):
            if boundary(truth, r, c):
                wanted += 1
                found += any(
                    boundary(labels, i, j)
                    for i in range(max(r - tolerance, 0), min(r + tolerance + 1, height))
                    for j in range(max(c - tolerance, 0), min(c + tolerance + 1, width))
                )
    return found / wanted if wanted else 1.0


@some
@given(maps, st.integers(0, 3))
def test_boundary_recall_against_loops(pair, tolerance):
    labels, truth = pair[0], pair[1] % 4
    assert metrics.boundary_recall(labels, truth, tolerance) == pytest.approx(
        _recall_one_by_one(labels, truth, tolerance)
    )


@some
@given(maps, st.integers(0, 2))
def test_boundary_f_against_distances(pair, tolerance):
    strength, truth = pair[0], pair[1] % 4

    def near(those, tolerance):
        return (ndimage.distance_transform_cdt(~those, "chessboard") <= tolerance) & those.any()

    padded = np.pad(truth, ((0, 1), (0, 1)), mode="edge")
    boundary = (padded[:-1, :-1] != padded[1:, :-1]) | (padded[:-1, :-1] != padded[:-1, 1:])
    curve = np.transpose(metrics.boundary_curve(strength, [1, 2, 3], boundary, truth >= 0, tolerance))
    for threshold, point in zip((1, 2, 3), curve):
        edges = strength >= threshold
        precision = near(boundary, tolerance)[edges].mean() if edges.any() else 1
        recall = near(edges, tolerance)[boundary].mean() if boundary.any() else 1
        assert point[:2] == pytest.approx((precision, recall))
        assert metrics.boundary_f(edges, truth, tolerance) == pytest.approx(point)


@some
@given(maps)
def test_undersegmentation_error_against_a_contingency_table(pair):
    labels, truth = pair
    table = contingency_table(truth, labels, ignore_labels=[255]).toarray()
    leaks = np.minimum(table, table.sum(axis=0) - table).sum()
    assert metrics.undersegmentation_error(labels, truth) == pytest.approx(leaks / (truth != 255).sum())


@some
@given(maps)
def test_accuracy_and_iou_against_scikit_learn(pair):
    prediction, truth = pair
    counted = truth != 255
    true, guess = truth[counted], prediction[counted]
    assert metrics.pixel_accuracy(prediction, truth) == pytest.approx(accuracy_score(true, guess))
    assert metrics.mean_iou(prediction, truth) == pytest.approx(jaccard_score(true, guess, average="macro"))


def test_explained_variation_against_scikit_learn(superpixels, photo):
    pixels = photo.reshape(-1, 3) / 255
    sums = np.stack([np.bincount(superpixels.ravel(), x) for x in pixels.T], axis=1)
    means = (sums / np.bincount(superpixels.ravel())[:, None])[superpixels.ravel()]
    expected = r2_score(pixels, means, multioutput="variance_weighted")
    assert metrics.explained_variation(superpixels, photo) == pytest.approx(expected)


@some
@given(maps, st.integers(1, 4))
def test_boundary_iou_against_erosion(pair, width):
    prediction, truth = pair[0], pair[1] % 4
    scores = []
    for c in np.union1d(prediction, truth):
        rims = []
        for mask in (prediction == c, truth == c):  # binary_erosion takes the outside of the picture as False
            rims.append(mask & ~ndimage.binary_erosion(mask, np.ones((3, 3)), iterations=width))
        scores.append((rims[0] & rims[1]).sum() / (rims[0] | rims[1]).sum())
    assert metrics.boundary_iou(prediction, truth, width) == pytest.approx(np.mean(scores))


def test_boundary_iou_is_2_percent_of_the_diagonal_wide(truth):
    shifted = np.roll(truth, 3, axis=1)
    assert metrics.boundary_iou(shifted, truth, 7) == metrics.boundary_iou(shifted, truth)  # 0.02 * 362 = 7.2
    assert metrics.boundary_iou(shifted, truth, 6) != metrics.boundary_iou(shifted, truth)


# What must always hold.


@some
@given(maps, st.integers(0, 3))
def test_what_is_predicted_on_ignored_pixels_never_matters(pair, other):
    prediction, truth = pair
    changed = np.where(truth == 255, other, prediction)
    for score in (metrics.pixel_accuracy, metrics.mean_iou, metrics.boundary_iou, metrics.undersegmentation_error):
        assert score(prediction, truth) == score(changed, truth)


@some
@given(maps)
def test_a_perfect_answer_gets_the_best_score(pair):
    truth = pair[1]
    perfect = metrics._close(truth, truth != 255)
    for score in (metrics.pixel_accuracy, metrics.mean_iou, metrics.boundary_iou, metrics.boundary_recall):
        assert score(perfect, truth) == 1
    assert metrics.undersegmentation_error(perfect, truth) == 0


def test_renaming_superpixels_changes_nothing(superpixels, truth, photo):
    renamed = 3 * superpixels.max() - 2 * superpixels  # backwards, with gaps
    assert metrics.compactness(renamed) == pytest.approx(metrics.compactness(superpixels))
    assert metrics.boundary_recall(renamed, truth) == metrics.boundary_recall(superpixels, truth)
    assert metrics.undersegmentation_error(renamed, truth) == metrics.undersegmentation_error(superpixels, truth)
    expected = metrics.explained_variation(superpixels, photo)
    assert metrics.explained_variation(renamed, photo) == pytest.approx(expected)


def test_no_set_of_pixels_is_more_compact_than_a_square(superpixels):
    assert 0 < metrics.compactness(superpixels) < np.pi / 4


@some
@given(maps, st.integers(0, 2))
def test_an_undecided_pixel_off_the_boundary_never_counts_as_an_edge(pair, tolerance):
    edges, truth = pair[0] > 1, pair[1]
    near = ndimage.maximum_filter(metrics.true_boundary(truth), 2 * tolerance + 1)
    score = metrics.boundary_f(edges & ~((truth == 255) & ~near), truth, tolerance)
    assert metrics.boundary_f(edges, truth, tolerance)[0] == score[0]


def test_without_a_boundary_or_variance_nothing_can_be_missed():
    assert metrics.boundary_recall(TWO, np.zeros((4, 6), int)) == 1
    assert metrics.explained_variation(TWO, np.full((4, 6), 0.3)) == 1


def test_ignore_none_counts_every_pixel():
    assert metrics.pixel_accuracy(TWO, BAND, ignore=None) == 16 / 24
    assert metrics.mean_iou(TWO, BAND, ignore=None) == (8 / 12 + 8 / 12 + 0) / 3


# Bad input.


@pytest.mark.parametrize(
    "score",
    [
        metrics.boundary_recall,
        metrics.boundary_f,
        metrics.undersegmentation_error,
        metrics.pixel_accuracy,
        metrics.mean_iou,
        metrics.boundary_iou,
    ],
)
def test_bad_maps(score):
    with pytest.raises(ValueError, match=r"the truth's shape \(4, 6\), got shape \(4, 5\)"):
        score(TWO[:, :5], TWO)
    with pytest.raises(ValueError, match="at least one decided pixel"):
        score(TWO, np.full((4, 6), 255))
    with pytest.raises(TypeError, match="truth: expected integer labels"):
        score(TWO, TWO / 2)
    with pytest.raises(ValueError, match=r"truth: expected a label map \(H, W\)"):
        score(TWO, TWO.ravel())
    with pytest.raises(TypeError, match="ignore: expected an integer"):
        score(TWO, TWO, ignore=0.5)


def test_bad_numbers():
    with pytest.raises(ValueError, match="tolerance: expected an integer of at least 0, got -1"):
        metrics.boundary_recall(TWO, TWO, -1)
    with pytest.raises(ValueError, match="tolerance: expected an integer of at least 0, got -1"):
        metrics.boundary_f(TWO, TWO, -1)
    with pytest.raises(ValueError, match="edges: expected finite values, got 24 that are NaN"):
        metrics.boundary_f(np.full((4, 6), np.nan), TWO)
    with pytest.raises(ValueError, match="strength: expected finite values, got 24 that are NaN"):
        metrics.boundary_curve(np.full((4, 6), np.nan), [1], TWO, TWO)
    with pytest.raises(ValueError, match=r"boundary: expected the strength's shape \(4, 6\), got shape \(4, 5\)"):
        metrics.boundary_curve(TWO, [1], TWO[:, :5], TWO)
    with pytest.raises(ValueError, match="width: expected an integer of at least 1, got 0"):
        metrics.boundary_iou(TWO, TWO, 0)
    with pytest.raises(ValueError, match="prediction: expected classes below 2, got 3"):
        metrics.mean_iou(TWO * 3, TWO, n_classes=2)
    with pytest.raises(ValueError, match=r"labels: expected the image's shape \(2, 2\)"):
        metrics.explained_variation(TWO, np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"labels: expected labels from 0"):
        metrics.compactness(TWO - 1)


def test_costs_depend_on_how_many_labels_there_are_not_on_their_values(photo, superpixels):
    """A count by value of labels near 2^31 would take 16 GB."""
    far = 2**31 - 1 - superpixels.astype(np.int64)
    assert metrics.compactness(far) == pytest.approx(metrics.compactness(superpixels))
    expected = metrics.explained_variation(superpixels, photo)
    assert metrics.explained_variation(far, photo) == pytest.approx(expected)


def test_two_pixels_off_are_near_unless_told_otherwise_and_three_are_not():
    truth = (np.arange(12) >= 6) * np.ones((4, 1), int)
    for shift, near in ((2, 1), (3, 0)):
        moved = (np.arange(12) >= 6 + shift) * np.ones((4, 1), int)
        edges, boundary = metrics.true_boundary(moved), metrics.true_boundary(truth)
        assert metrics.boundary_recall(moved, truth) == near
        assert metrics.boundary_f(edges, truth)[1] == near
        assert metrics.boundary_curve(edges, [1], boundary, truth >= 0)[1] == near


def test_boundary_iou_is_1_where_no_border_pixel_counts():
    truth = np.full((7, 7), 255)
    truth[1:-1, 1:-1] = 0  # the frame, the one border, is ignored
    assert metrics.boundary_iou(np.zeros((7, 7), int), truth, 1) == 1


@pytest.mark.parametrize(
    ("score", "name"),
    [
        (metrics.boundary_recall, "labels"),
        (metrics.boundary_f, "edges"),
        (metrics.undersegmentation_error, "labels"),
        (metrics.pixel_accuracy, "prediction"),
        (metrics.mean_iou, "prediction"),
        (metrics.boundary_iou, "prediction"),
    ],
)
def test_a_map_of_another_shape_is_called_by_its_name(score, name):
    with pytest.raises(ValueError, match=f"^{name}: expected the truth's shape"):
        score(TWO[:, :5], TWO)


def test_classes_and_masks_are_refused_on_either_side():
    for name, pair in (("prediction", (TWO * 3, TWO)), ("truth", (TWO, TWO * 3))):
        with pytest.raises(ValueError, match=f"{name}: expected classes below 3, got 3"):
            metrics.mean_iou(*pair, n_classes=3)
        assert metrics.mean_iou(*pair, n_classes=4) == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match=r"decided: expected the strength's shape \(4, 6\), got shape \(4, 5\)"):
        metrics.boundary_curve(TWO, [1], TWO, TWO[:, :5])
