"""Thresholds for a whole picture: by hand, against scikit-image, and against searches that try everything."""

from importlib import import_module
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import filters

from seglearn import images, regions

criteria = import_module("seglearn.regions.threshold_criteria")
histogram = import_module("seglearn.regions.histogram")

some = settings(deadline=None, max_examples=30, derandomize=True)
PHOTOS = ("camera", "coins", "page", "cell", "coffee", "moon", "chelsea", "text")
WHOLE = [
    regions.threshold_valley,
    regions.threshold_iterative,
    regions.threshold_otsu,
    regions.threshold_optimal,
]


@st.composite
def pictures(draw):
    """Grey values with peaks, some rare and some common."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.integers(1, 12)), draw(st.integers(2, 12))
    peaks = rng.integers(0, 256, draw(st.integers(1, 4)))
    values = rng.choice(peaks, shape) + rng.normal(0, draw(st.integers(0, 20)), shape)
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def grey(name):
    return images.grey(images.load(name))


# ---- the histogram


def test_histogram_by_hand():
    found = regions.grey_histogram(np.array([[7, 9, 7], [4, 7, 9]], np.uint8))
    assert (found.counts.tolist(), found.levels.tolist()) == ([1, 0, 0, 3, 0, 2], [4, 5, 6, 7, 8, 9])
    found = regions.grey_histogram(np.array([[True, False, True]]))
    assert (found.counts.tolist(), found.levels.tolist()) == ([1, 2], [0, 1])
    found = regions.grey_histogram(np.array([[1000, 1002]], ">u2"))
    assert (found.counts.tolist(), found.levels.tolist()) == ([1, 0, 1], [1000, 1001, 1002])


@some
@given(pictures())
def test_every_dtype_counts_every_pixel_once(picture):
    for image in (picture, picture.astype(np.uint16), picture.astype(np.uint16) * 257, picture / 255, picture > 99):
        found = regions.grey_histogram(image)
        assert found.counts.sum() == picture.size
        assert found.counts[0] > 0
        assert found.counts[-1] > 0
        assert len(found.counts) == len(found.levels) <= 256
        assert (np.diff(found.levels) > 0).all()
    np.testing.assert_array_equal(regions.grey_histogram(picture).counts, np.bincount(picture.ravel())[picture.min() :])


def test_float_and_wide_16_bits_have_256_equal_bins():
    picture = np.random.default_rng(0).integers(0, 65536, (40, 40)).astype(np.uint16)
    counts, ends = np.histogram(picture, 256)
    for image, scale in ((picture, 1), (picture / 65535, 65535)):
        found = regions.grey_histogram(image)
        np.testing.assert_array_equal(found.counts, counts)
        np.testing.assert_allclose(found.levels * scale, (ends[1:] + ends[:-1]) / 2)


def test_count_as_plain_python():
    values = np.array([3, 3, 0, 255, 7, 7, 7, 1, 9, 3, 3], np.uint8)
    for kernel in (histogram._count, histogram._count.py_func):
        tables = np.zeros((4, 256), np.int64)
        kernel(values, *tables)
        np.testing.assert_array_equal(tables.sum(axis=0), np.bincount(values, minlength=256))


# ---- fixed


def test_fixed_divides_strictly_by_a_number_or_a_map():
    picture = np.array([[3, 5], [9, 4]], np.uint8)
    assert regions.threshold_fixed(picture, 4).tolist() == [[False, True], [True, False]]
    assert regions.threshold_fixed(picture, [[2.5, 5], [9, 3]]).tolist() == [[True, False], [False, True]]
    assert regions.threshold_fixed(picture / 255, 4 / 255).tolist() == [[False, True], [True, False]]
    assert regions.threshold_fixed(picture, 4.9).tolist() == [[False, True], [True, False]]
    assert regions.threshold_fixed(picture, -0.1).all()
    assert not regions.threshold_fixed(picture, 1e9).any()
    assert regions.threshold_fixed(picture > 4, 0.5).tolist() == [[False, True], [True, False]]


# ---- the valley


def test_valley_by_hand():
    """Counts 2 1 0 0 1 2 1 on levels 0 to 6: two peaks, 0 and 5, and the first of the two empty levels between."""
    picture = np.repeat(np.arange(7, dtype=np.uint8), [2, 1, 0, 0, 1, 2, 1])[None]
    (state,) = regions.threshold_valley_steps(picture)
    assert (state.iteration, state.peaks.tolist(), state.threshold) == (0, [0, 5], 2)


def test_valley_smooths_a_third_peak_away_by_hand():
    """6 0 3 2 | 4 9: smoothed once, 4 3 5/3 3 5 22/3: the peaks are the ends, and the bottom lies at level 2."""
    picture = np.repeat(np.arange(6, dtype=np.uint8), [6, 0, 3, 2, 4, 9])[None]
    first, second = regions.threshold_valley_steps(picture)
    assert (first.peaks.tolist(), first.threshold) == ([0, 2, 5], None)
    np.testing.assert_allclose(second.counts, [4, 3, 5 / 3, 3, 5, 22 / 3])
    assert (second.iteration, second.peaks.tolist(), second.threshold) == (1, [0, 5], 2)
    assert regions.threshold_valley(picture) == 2


def test_a_plateau_is_one_peak():
    picture = np.repeat(np.arange(6, dtype=np.uint8), [1, 3, 3, 1, 2, 2])[None]
    (state,) = regions.threshold_valley_steps(picture)
    assert (state.peaks.tolist(), state.threshold) == ([2, 5], 3)


@pytest.mark.parametrize("name", PHOTOS[:-1])  # "text" has a peak at its bright end
def test_valley_equals_scikit_image(name):
    picture = grey(name)
    last = list(regions.threshold_valley_steps(picture))[-1]
    assert last.threshold == regions.threshold_valley(picture)
    assert last.levels[-1] not in last.peaks  # there scikit-image sees none
    assert last.threshold == filters.threshold_minimum(picture)


def test_a_bright_end_is_a_peak_too():
    """rocket: the burnt-out flame is the second peak of three; scikit-image stops one valley too early."""
    picture = grey("rocket")
    last = list(regions.threshold_valley_steps(picture))[-1]
    assert last.peaks[-1] == 255
    mirrored = list(regions.threshold_valley_steps(255 - picture))[-1]
    np.testing.assert_array_equal(255 - mirrored.peaks[::-1], last.peaks)


@pytest.mark.parametrize("values", [[[5, 5, 5]], [[1, 2, 2, 3]], [[9]]])
def test_no_valley_is_said(values):
    with pytest.raises(ValueError, match=r"image: expected a histogram with two peaks, got 1 after 0 smoothings"):
        regions.threshold_valley(np.array(values, np.uint8))
    (state,) = regions.threshold_valley_steps(np.array(values, np.uint8))
    assert state.threshold is None


def test_smoothing_is_bounded():
    noise = np.random.default_rng(0).integers(0, 256, (20, 20)).astype(np.uint8)
    states = list(regions.threshold_valley_steps(noise, max_iter=3))
    assert [state.iteration for state in states] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match=r"two peaks, got \d+ after 3 smoothings"):
        regions.threshold_valley(noise, max_iter=3)


# ---- the iterative one


def test_iterative_by_hand():
    """0 2 4 10 12, from 3: means 1 and 26/3, T = 29/6; means 2 and 11, T = 6.5; the same classes, it stays."""
    states = list(regions.threshold_iterative_steps(np.array([[0, 2, 4, 10, 12]], np.uint8), start=3))
    assert [state.iteration for state in states] == [1, 2, 3]
    assert [(s.low_mean, s.high_mean) for s in states] == [(1, pytest.approx(26 / 3)), (2, 11), (2, 11)]
    assert [s.threshold for s in states] == [pytest.approx(29 / 6), 6.5, 6.5]
    assert [s.previous for s in states] == [3, states[0].threshold, 6.5]


def test_iterative_with_an_empty_class_and_with_several_ends():
    picture = np.array([[0, 4, 8]], np.uint8)
    assert regions.threshold_iterative(picture, start=-5) == 5  # 4, the mean of all; then 2 and 8
    assert regions.threshold_iterative(picture, start=3.9) == 3
    assert regions.threshold_iterative(picture, start=99) == 5
    assert regions.threshold_iterative(np.full((3, 3), 7, np.uint8)) == 7


@some
@given(pictures(), st.integers(-5, 260))
def test_iterative_ends_where_the_definition_holds(picture, start):
    states = list(regions.threshold_iterative_steps(picture, start=start))
    end = states[-1].threshold
    low, high = picture[picture <= end], picture[picture > end]
    means = [float(side.mean()) for side in (low, high) if side.size]
    assert end == pytest.approx((means[0] + means[-1]) / 2)
    ways = np.sign(np.diff([s.previous for s in states] + [end]))
    assert not {-1, 1} <= set(ways[1:])  # it rises or falls, but for a start outside the range of the classes
    assert regions.threshold_iterative(picture, start=start) == end


@pytest.mark.parametrize("name", PHOTOS)
def test_iterative_equals_scikit_image(name):
    """It names whole levels: all in which the mean of the means falls."""
    picture = grey(name)
    ends = filters.threshold_isodata(picture, return_all=True)
    for start in (None, 0, 255):
        assert int(regions.threshold_iterative(picture, start=start)) in ends


# ---- Otsu


def test_otsu_by_hand():
    """0 0 1 4 5 5: between 1 and 4 the variance is 1/2 * 1/2 * (14/3 - 1/3)^2 = 169/36, between 0 and 1 only 225/72."""
    assert regions.threshold_otsu(np.array([[0, 0, 1, 4, 5, 5]], np.uint8)) == 1


@pytest.mark.parametrize("name", PHOTOS)
def test_otsu_equals_scikit_image(name):
    picture = grey(name)
    for image in (picture, picture.astype(np.uint16), picture / 255, np.float32(picture) / 255):
        assert regions.threshold_otsu(image) == pytest.approx(filters.threshold_otsu(np.asarray(image)), rel=1e-6)


@some
@given(pictures())
def test_otsu_is_the_best_of_all_thresholds(picture):
    """Tried one by one in whole numbers of any length; of equals the first."""

    def between(t):
        low, high = picture[picture <= t].tolist(), picture[picture > t].tolist()
        if not high or not low:
            return 0, 1
        return (sum(low) * len(high) - sum(high) * len(low)) ** 2, len(low) * len(high)

    found = int(regions.threshold_otsu(picture))
    above, below = between(found)
    for t in range(int(picture.min()), int(picture.max()) + 1):
        a, b = between(t)
        assert a * below < above * b or (a * below == above * b and t >= found)


def test_otsu_breaks_ties_by_the_smallest():
    assert regions.threshold_otsu(np.array([[0, 9]], np.uint8)) == 0
    assert regions.threshold_otsu(np.array([[0, 4, 8]], np.uint8)) == 0  # as good as 4
    assert regions.threshold_otsu(np.full((2, 2), 9, np.uint8)) == 9


# ---- more classes


def test_multi_otsu_by_hand_and_with_as_many_classes_as_levels():
    picture = np.array([[1, 2, 7, 8, 20, 21]], np.uint8)
    assert regions.threshold_multi_otsu(picture).tolist() == [2, 8]
    assert regions.threshold_multi_otsu(picture, 6).tolist() == [1, 2, 7, 8, 20]


@some
@given(pictures(), st.integers(2, 4))
def test_multi_otsu_is_the_best_of_all_divisions(picture, n_classes):
    levels = np.unique(picture)[:14]
    picture = picture[np.isin(picture, levels)][None].astype(np.uint8)
    if len(levels) < n_classes:
        return

    def within(cuts):
        classes = np.digitize(picture, cuts, right=True)
        return sum(((picture[classes == k] - picture[classes == k].mean()) ** 2).sum() for k in range(n_classes))

    found = regions.threshold_multi_otsu(picture, n_classes)
    least = min(within(cuts) for cuts in combinations(levels[:-1], n_classes - 1))
    assert within(found) == pytest.approx(least, abs=1e-8)
    if n_classes == 2:
        assert found[0] == regions.threshold_otsu(picture)


@pytest.mark.parametrize("name", ["camera", "coins", "coffee", "moon"])
def test_multi_otsu_equals_scikit_image(name):
    picture = grey(name)
    for n_classes in (2, 3, 4):
        np.testing.assert_array_equal(
            regions.threshold_multi_otsu(picture, n_classes), filters.threshold_multiotsu(picture, n_classes)
        )


# ---- minimum error


def test_error_criterion_by_hand():
    """1 1 1 | 5 7 9 11: P = 3/7 and 4/7, variances 1/12 (the floor) and 5."""
    counts = regions.grey_histogram(np.array([[1, 1, 1, 5, 7, 9, 11]], np.uint8)).counts
    expected = 1 + 3 / 7 * np.log(1 / 12) + 4 / 7 * np.log(5) - 2 * (3 / 7 * np.log(3 / 7) + 4 / 7 * np.log(4 / 7))
    np.testing.assert_allclose(regions.error_criterion(counts)[0], expected)
    assert regions.threshold_optimal(np.array([[1, 1, 1, 5, 7, 9, 11]], np.uint8)) == 1


@some
@given(pictures())
def test_optimal_is_the_first_of_the_least(picture):
    levels = np.arange(int(picture.min()), int(picture.max()))
    found = regions.threshold_optimal(picture)
    if not len(levels):
        assert found == picture.min()
        return
    error = []
    for t in levels:
        total = 1.0
        for side in (picture[picture <= t], picture[picture > t]):
            share = side.size / picture.size
            total += share * np.log(max(side.var(), 1 / 12)) - 2 * share * np.log(share)
        error.append(total)
    assert found == levels[np.argmax(np.array(error) <= min(error) + 1e-9)]


@pytest.mark.parametrize("rng", range(3))
def test_optimal_finds_where_two_unequal_normal_distributions_cross(rng):
    """9 : 1 pixels of N(80, 8) and N(140, 20): the densities, weighted, cross at 107.3."""
    random = np.random.default_rng(rng)
    values = np.concatenate([random.normal(80, 8, 90000), random.normal(140, 20, 10000)])
    picture = np.clip(np.rint(values), 0, 255).astype(np.uint8)[None]
    t = np.arange(81, 139, 0.1)
    cross = t[np.argmin(np.abs(np.log(9 * 20 / 8) - (t - 80) ** 2 / 128 + (t - 140) ** 2 / 800))]
    assert regions.threshold_optimal(picture) == pytest.approx(cross, abs=3)
    assert regions.threshold_otsu(picture) == pytest.approx(cross, abs=12)


def test_two_levels_are_divided_between_them():
    picture = np.array([[0, 0, 200, 200, 200]], np.uint8)
    assert regions.threshold_optimal(picture) == 0
    assert regions.threshold_optimal(picture > 0) == 0


def test_largest_between_as_plain_python():
    for counts in ([4], [1, 0, 0, 1], [2, 1, 0, 0, 1, 2], [5, 1, 1, 9, 0, 3]):
        counts = np.array(counts)
        assert criteria._largest_between.py_func(counts) == criteria._largest_between(counts)


# ---- what all share


@pytest.mark.parametrize("method", WHOLE)
def test_the_units_are_the_pictures(method):
    picture = grey("coins")
    expected = method(picture)
    assert method(picture.astype(np.uint16)) == expected
    assert method(picture / 255) == pytest.approx(expected / 255, abs=5 / 255)
    assert isinstance(expected, (int, float))
    assert isinstance(method(picture / 255), float)
    assert method(np.asfortranarray(picture)) == expected
    assert method(np.ascontiguousarray(picture[:, ::-1])[:, ::-1]) == expected


@pytest.mark.parametrize("method", [*WHOLE[1:], lambda p: regions.threshold_fixed(p, 0.5)])
def test_one_pixel_and_one_row(method):
    for dtype in (np.uint8, np.uint16, np.float64, np.float32, bool):
        assert method(np.ones((1, 1), dtype)).__class__ in (int, float, np.ndarray)
        method(np.array([[0, 1, 1, 0, 1]], dtype))


@pytest.mark.parametrize("method", [*WHOLE, regions.threshold_multi_otsu, lambda p: regions.threshold_fixed(p, 1)])
@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros((4, 4, 3)), ValueError, r"image: expected a grey image \(H, W\), got shape \(4, 4, 3\)"),
        (np.zeros(4), ValueError, r"image: expected a grey image"),
        (np.zeros((0, 4), np.uint8), ValueError, r"image: expected at least one pixel"),
        ([[0.0, np.nan]], ValueError, r"image: expected finite values, got 1"),
        ([[0.0, 255.0]], ValueError, r"image: expected float values between 0 and 1"),
        (np.zeros((2, 2), np.int64), TypeError, r"image: expected uint8, uint16, bool or float values"),
        (np.ma.masked_equal(np.zeros((2, 2), np.uint8), 0), TypeError, r"image: expected an array without a mask"),
        ("coins", ValueError, r"image: expected a grey image"),
    ],
)
def test_bad_pictures_are_refused(method, image, error, message):
    with pytest.raises(error, match=message):
        method(image)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda p: regions.threshold_fixed(p, np.zeros((2, 2))), ValueError, r"numbers of the image's shape \(3, 4\)"),
        (lambda p: regions.threshold_fixed(p, "5"), TypeError, r"threshold: expected a number, got '5' \(str\)"),
        (lambda p: regions.threshold_fixed(p, np.nan), ValueError, r"threshold: expected a number, got nan"),
        (lambda p: regions.threshold_valley_steps(p, max_iter=-1), ValueError, r"max_iter: expected an integer of at"),
        (lambda p: regions.threshold_iterative_steps(p, start="0"), TypeError, r"start: expected a number"),
        (lambda p: regions.threshold_iterative_steps(p, max_iter=0), ValueError, r"max_iter: expected an integer of"),
        (lambda p: regions.threshold_multi_otsu(p, 1), ValueError, r"n_classes: expected an integer of at least 2"),
        (lambda p: regions.threshold_multi_otsu(p, 4), ValueError, r"at most the picture's 3 grey levels, got 4"),
        (lambda p: regions.error_criterion([0, 1, 2]), ValueError, r"counts: expected at least two levels, the first"),
        (lambda p: regions.error_criterion([3]), ValueError, r"counts: expected at least two levels"),
        (lambda p: regions.error_criterion([0.5, 1.0]), TypeError, r"counts: expected integer labels"),
        (lambda p: regions.threshold_multi_otsu(p, 2.0), TypeError, r"n_classes: expected an integer"),
    ],
)
def test_bad_arguments_are_refused(call, error, message):
    picture = np.array([[1, 2, 3, 1]] * 3, np.uint8)
    with pytest.raises(error, match=message):
        call(picture)


def test_a_threshold_below_0_lets_everything_through():
    assert regions.threshold_fixed(np.array([[0, 1]], np.uint8), -0.5).tolist() == [[True, True]]


def test_the_lowest_level_is_a_class_of_its_own_where_the_start_lies_on_it():
    state = next(regions.threshold_iterative_steps(np.array([[0, 8, 10]], np.uint8), start=0))
    assert (state.low_mean, state.high_mean, state.threshold) == (0, 9, 4.5)


@pytest.mark.parametrize(("high", "kind"), [(1255, "i"), (1256, "f")])
def test_256_levels_have_a_bin_each_and_257_share_256(high, kind):
    histogram = regions.grey_histogram(np.array([[1000, high, 1000]], np.uint16))
    assert histogram.counts.shape == (256,)
    assert histogram.levels.dtype.kind == kind


@pytest.mark.parametrize("counts", [[3], [0, 1, 3], [3, 1, 0]])
def test_an_empty_first_or_last_level_is_refused(counts):
    with pytest.raises(ValueError, match="counts: expected at least two levels, the first and the last not empty"):
        regions.error_criterion(counts)
