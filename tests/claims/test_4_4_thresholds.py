"""What notebook 4.4 says about thresholds: claims C25 to C29."""

import numpy as np
import pytest

from seglearn import images, regions
from seglearn.experiments.regions import (
    least_error,
    threshold_error,
    threshold_errors,
    two_classes,
    two_tones,
)

PHOTOS = ("camera", "coins", "page", "cell", "moon")


@pytest.fixture(scope="module")
def horse():
    return images.load("horse") < 128


@pytest.mark.parametrize("rng", range(3))
def test_c25_the_valley_divides_two_peaks(horse, rng):
    picture = two_tones(horse, 0.08, rng=rng)
    states = list(regions.threshold_valley_steps(picture))
    assert len(states[0].peaks) > 40  # unsmoothed
    assert len(states[-1].peaks) == 2
    assert states[-1].threshold == pytest.approx(0.52, abs=0.03)
    assert threshold_error("valley", picture, horse) < threshold_error("fixed", picture, horse) + 0.005


@pytest.mark.parametrize("name", PHOTOS)
def test_c25_a_photographs_histogram_has_dozens_of_peaks_before_it_is_smoothed(name):
    states = list(regions.threshold_valley_steps(images.load(name)))
    assert len(states[0].peaks) > 40
    assert len(states) > 60
    assert states[-1].threshold is not None


@pytest.mark.parametrize("name", images.PHOTOS)
def test_c26_it_stops_where_t_is_the_mean_of_the_means(name):
    grey = images.grey(images.load(name))
    for start in (0, 255):
        end = regions.threshold_iterative(grey, start=start)
        assert end == pytest.approx((grey[grey <= end].mean() + grey[grey > end].mean()) / 2)


def test_c26_from_both_ends_it_comes_to_one_place_but_for_histograms_with_several():
    ends = {}
    for name in images.PHOTOS:
        grey = images.grey(images.load(name))
        ends[name] = [regions.threshold_iterative(grey, start=start) for start in (0, 255)]
    apart = {name: high - low for name, (low, high) in ends.items()}
    assert {name for name, gap in apart.items() if gap > 3} == {"cell"}
    assert apart["cell"] > 50
    assert max(len(list(regions.threshold_iterative_steps(images.grey(images.load(name)), start=start)))
               for name in images.PHOTOS for start in (0, 255)) == 15  # fmt: skip
    clock = {round(regions.threshold_iterative(images.load("clock"), start=t), 6) for t in range(0, 256, 5)}
    assert len(clock) >= 3  # from the ends one, from between others
    assert max(clock) - min(clock) > 10


@pytest.mark.parametrize("rng", range(3))
def test_c27_under_uneven_light_the_adaptive_one_works_and_no_single_one_does(rng):
    paper = images.load("page")[:, 48:] >= 100  # the photo's own shadow is left out
    even, uneven = (threshold_errors(paper, (0.02,), (light,), rng=rng, offset=0.05) for light in (0.0, 0.5))
    single = ("fixed", "valley", "iterative", "otsu", "optimal")
    assert max(even[name] for name in single) < 0.001
    assert min(uneven[name] for name in single) > 1 - paper.mean() - 0.002  # no better than calling all of it paper
    assert 1 - paper.mean() == pytest.approx(0.085, abs=0.001)
    assert 0.03 < least_error(two_tones(paper, 0.02, 0.5, rng), paper)[1] < 0.05
    assert max(even["adaptive"], uneven["adaptive"], even["block_mean"]) < 0.005
    assert 0.008 < uneven["block_mean"] < 0.025  # the light changes within a block, too


@pytest.mark.parametrize("light", [0.0, 0.5])
def test_c27_the_offset_decides_and_not_the_window(light):
    paper = images.load("page")[:, 48:] >= 100
    bare = threshold_errors(paper, (0.02,), (light,))
    assert min(bare["adaptive"], bare["block_mean"]) > 0.1
    assert max(bare["adaptive"], bare["block_mean"]) < 0.35


@pytest.mark.parametrize("rng", range(3))
def test_c28_otsu_errs_least_where_both_classes_are_alike(rng):
    values, second = two_classes((0.35, 0.65), (0.08, 0.08), 0.5, rng=rng)
    _, least = least_error(values, second)
    assert threshold_error("otsu", values, second) < least + 0.0005


@pytest.mark.parametrize("rng", range(3))
@pytest.mark.parametrize(("deviations", "share"), [((0.04, 0.12), 0.5), ((0.04, 0.12), 0.1), ((0.05, 0.05), 0.05)])
def test_c28_otherwise_it_does_not_and_the_minimum_error_threshold_does(deviations, share, rng):
    values, second = two_classes((0.35, 0.65), deviations, share, rng=rng)
    _, least = least_error(values, second)
    assert threshold_error("otsu", values, second) > 1.5 * least
    assert threshold_error("optimal", values, second) < 1.15 * least


@pytest.mark.parametrize("rng", range(3))
def test_c29_noise_costs_much_and_smoothing_wins_it_back(horse, rng):
    noises = (0.0, 0.05, 0.1, 0.15)
    errors = threshold_errors(horse, noises, rng=rng)
    smoothed = threshold_errors(horse, (0.15,), smoothing=1.5, rng=rng)
    for name in ("fixed", "iterative", "otsu"):
        error = errors[name][:, 0]
        assert (np.diff(error) > 0).all()
        assert error[0] == 0
        assert error[-1] > 0.15
        assert smoothed[name] < 0.01
