"""Mixtures of Gaussians: by hand, against SciPy's density, and the fit as the likeliest of all."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from seglearn.clustering import k_means
from seglearn.graphs import ColorModel
from seglearn.graphs.color_model import ROUNDING, color_costs, fit_colors, moments, start_components

module = import_module("seglearn.graphs.color_model")
some = settings(deadline=None, max_examples=30, derandomize=True)


def random_colors(seed, n_channels=3, n_colors=200):
    rng = np.random.default_rng(seed)
    centers = rng.random((3, n_channels))
    return np.clip(centers[rng.integers(3, size=n_colors)] + 0.05 * rng.normal(size=(n_colors, n_channels)), 0, 1)


def test_two_grey_components_by_hand():
    """Greys 0.2 0.4 | 0.8: shares 2/3 and 1/3, means 0.3 and 0.8, variances 0.01 and 0, each and the rounding's."""
    model = fit_colors(np.array([[0.2], [0.4], [0.8]]), np.array([0, 0, 1], np.int32), 2)
    assert model.weights.tolist() == pytest.approx([2 / 3, 1 / 3])
    assert model.means.ravel().tolist() == pytest.approx([0.3, 0.8])
    assert model.covariances.ravel().tolist() == pytest.approx([0.01 + ROUNDING, ROUNDING])
    component, costs = color_costs(np.array([[0.3], [0.8]]), model)
    assert component.tolist() == [0, 1]
    for cost, weight, variance in zip(costs, model.weights, model.covariances.ravel()):
        noise = 0.5 * ROUNDING / variance
        assert cost == pytest.approx(-np.log(weight) + 0.5 * np.log(2 * np.pi * variance) + noise + np.log(255))


@some
@given(st.integers(0, 10**6), st.sampled_from([1, 3]))
def test_costs_are_those_of_the_density(seed, n_channels):
    colors = random_colors(seed, n_channels)
    model = fit_colors(colors, start_components(colors, 4), 4)
    component, costs = color_costs(colors, model)
    each = []
    for weight, mean, covariance in zip(model.weights, model.means, model.covariances):
        noise = 0.5 * ROUNDING * np.trace(np.linalg.inv(covariance))
        density = np.atleast_1d(multivariate_normal(mean, covariance).logpdf(colors))
        each.append(noise - np.log(weight) - density + n_channels * np.log(255))
    np.testing.assert_allclose(costs, np.min(each, axis=0), rtol=1e-9)
    chosen = np.array(each)[component, np.arange(len(colors))]
    np.testing.assert_allclose(chosen, costs, rtol=1e-9)


@some
@given(st.integers(0, 10**6), st.sampled_from([1, 3]))
def test_the_fit_is_the_likeliest_of_all_and_no_cost_is_negative(seed, n_channels):
    """Any other mean, covariance or share makes the same colours, in the same components, cost more."""
    rng = np.random.default_rng(seed)
    colors = np.round(255 * random_colors(seed, n_channels, 40)) / 255
    component = rng.integers(0, 3, 40).astype(np.int32)
    model = fit_colors(colors, component, 3)

    def cost(weights, means, covariances):
        total = 0.0
        for k in range(3):
            of_k = ColorModel(np.ones(1), means[[k]], covariances[[k]])
            total += (color_costs(colors[component == k], of_k)[1] - np.log(weights[k])).sum()
        return total

    least = cost(model.weights, model.means, model.covariances)
    for _ in range(5):
        weights = model.weights + 0.02 * rng.random(3)
        moved = model.means + 0.01 * rng.normal(size=model.means.shape)
        stretch = np.eye(n_channels) + 0.05 * rng.normal(size=(3, n_channels, n_channels))
        turned = stretch @ model.covariances @ stretch.transpose(0, 2, 1)
        assert cost(weights / weights.sum(), model.means, model.covariances) >= least
        assert cost(model.weights, moved, model.covariances) > least
        assert cost(model.weights, model.means, turned) > least
    assert color_costs(colors, model)[1].min() >= 0
    one = np.full((5, n_channels), 0.4)
    assert color_costs(one, fit_colors(one, np.zeros(5, np.int32), 1))[1].min() >= 0


def test_the_start_divides_what_varies_most():
    """Red varies most and is divided first, at 0.5, then green of the upper half; K-Means finds nothing to move."""
    colors = np.array([[0.0, 0.5, 0.5], [0.0, 0.5, 0.5], [1.0, 0.2, 0.5], [1.0, 0.8, 0.5]])
    assert start_components(colors, 1).tolist() == [0, 0, 0, 0]
    assert start_components(colors, 2).tolist() == [0, 0, 1, 1]
    assert start_components(colors, 3).tolist() == [0, 0, 1, 2]
    assert start_components(colors, 5).tolist() == [0, 0, 1, 2]  # there are but three colours
    assert start_components(np.full((4, 1), 0.5), 5).tolist() == [0, 0, 0, 0]
    assert module._divide(np.array([[0.0], [0.5], [1.0]]), 2, module._channel).tolist() == [
        0,
        0,
        1,
    ]  # at the mean: below


def test_directions_by_hand():
    covariance = np.array([[2.0, -1, 0], [-1, 2, 0], [0, 0, 2.5]])  # largest variance 3, along (1, -1, 0)
    assert module._channel(covariance).tolist() == [0, 0, 1]
    assert module._channel(np.eye(3)).tolist() == [1, 0, 0]
    assert module._principal(covariance) == pytest.approx(np.array([1, -1, 0]) / np.sqrt(2))


@some
@given(st.integers(0, 10**6), st.integers(1, 5), st.sampled_from([1, 3]))
def test_the_start_is_the_likeliest_of_four_whatever_the_number_of_colours(seed, n_components, n_channels):
    colors = random_colors(seed, n_channels)
    found = fit_colors(colors, start_components(colors, n_components), n_components)
    for direction in (module._channel, module._principal):
        group = module._divide(colors, n_components, direction)
        assert np.unique(group).tolist() == list(range(n_components))
        plain = fit_colors(colors, group, n_components)
        assert color_costs(colors, found)[1].sum() <= color_costs(colors, plain)[1].sum() + 1e-6
    many = np.tile(colors, (150, 1))  # a colour in 150 copies, of which a part decides
    copies = start_components(many, n_components).reshape(150, -1)
    assert (copies == copies[0]).all()


def test_an_empty_component_is_never_likeliest():
    model = fit_colors(np.array([[0.2], [0.3]]), np.array([0, 2], np.int32), 4)
    assert model.weights.tolist() == [0.5, 0, 0.5, 0]
    component, costs = color_costs(np.linspace(0, 1, 20)[:, None], model)
    assert set(component.tolist()) == {0, 2}
    assert np.isfinite(costs).all()


def test_kernels_in_plain_python(monkeypatch):
    colors = random_colors(1, n_colors=30)
    component = start_components(colors, 3)
    model = fit_colors(colors, component, 3)
    expected = [*color_costs(colors, model), *moments(colors, component, 3)]
    for name in ("_likeliest", "_sum"):
        monkeypatch.setattr(module, name, getattr(module, name).py_func)
    for plain, compiled in zip([*color_costs(colors, model), *moments(colors, component, 3)], expected):
        np.testing.assert_allclose(plain, compiled, rtol=1e-12, atol=1e-15)


def test_the_colours_that_decide_are_spread_over_all():
    colors = np.repeat([0.1, 0.5, 0.9], 20_000)[:, None]
    assert len(np.unique(start_components(colors, 3))) == 3


def test_one_colour_is_known_to_a_255th():
    """Its variance is that of the rounding, and so its cost ln(2 pi) / 2 + 1 / 2 a channel: 255 stands in both."""
    one = np.full((5, 3), 0.4)
    model = fit_colors(one, np.zeros(5, np.int32), 1)
    np.testing.assert_allclose(model.covariances[0], np.eye(3) / 255**2, atol=1e-15)
    np.testing.assert_allclose(color_costs(one, model)[1], 1.5 * np.log(2 * np.pi) + 1.5)


def test_of_equal_components_the_first_counts():
    model = ColorModel(np.full(3, 1 / 3), np.full((3, 1), 0.5), np.full((3, 1, 1), 0.01))
    component, _ = color_costs(np.array([[0.1], [0.5], [0.8]]), model)
    assert component.tolist() == [0, 0, 0]
    assert component.dtype == np.int32


def test_many_colours_that_vary_little_are_divided_before_few_that_vary_much():
    """Sums of squares 10 x 0.01 and 2 x 0.0225: the larger variance is not the larger sum."""
    colors = np.array([0.0] * 5 + [0.2] * 5 + [0.7, 1.0])[:, None]
    assert module._divide(colors, 3, module._channel).tolist() == [0] * 5 + [2] * 5 + [1, 1]


def test_components_without_colours_have_means_and_variances_all_the_same():
    with np.errstate(all="raise"):
        counts, means, covariances = moments(np.array([[0.5]]), np.zeros(1, np.int32), 3)
    assert counts.tolist() == [1, 0, 0]
    assert means.tolist() == [[0.5], [0], [0]]
    assert covariances.ravel().tolist() == [0, 0, 0]


@pytest.mark.parametrize("seed", range(6))
def test_the_start_is_no_worse_than_what_k_means_makes_of_the_divisions(seed):
    rng = np.random.default_rng(seed)
    colors = rng.random((300, 3)) * rng.random(3)
    found = fit_colors(colors, start_components(colors, 4), 4)
    for direction in (module._channel, module._principal):
        _, means, _ = moments(colors, module._divide(colors, 4, direction), 4)
        moved = fit_colors(colors, k_means(colors, 4, init=means, max_iter=10).labels, 4)
        assert color_costs(colors, found)[1].sum() <= color_costs(colors, moved)[1].sum() + 1e-6
