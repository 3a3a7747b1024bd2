"""What the lecture claims of cuts in 4.5.1: C33, the minimum cut isolates nodes, the normalised cut does not."""

import numpy as np
from sklearn.metrics import adjusted_rand_score

from seglearn import images
from seglearn.graphs import global_min_cut, ncut_value, normalized_cut, pixel_graph


def two_groups(seed, n_points=60, sigma=1.0):
    """Two clouds of points side by side whose affinity fades with distance, as in figure 4-11; truth (N,)."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n_points) % 2
    points = rng.normal(size=(n_points, 2)) + 4.0 * truth[:, None] * [1, 0]
    squares = ((points[:, None] - points) ** 2).sum(axis=2)
    return np.exp(-squares / (2 * sigma**2)) * (1 - np.eye(n_points)), truth


def test_c33_the_minimum_cut_isolates_nodes_and_the_normalised_cut_finds_the_groups():
    isolated, found = [], []
    for seed in range(20):
        affinity, truth = two_groups(seed)
        least, normalised = global_min_cut(affinity), normalized_cut(affinity, 2)
        isolated.append(min(least.side.sum(), (~least.side).sum()))
        found.append(adjusted_rand_score(truth, normalised.labels))
        assert least.value <= normalised.cuts.min() + 1e-12  # it is the least, and yet not the best
        assert normalised.ncut <= ncut_value(affinity, least.side) + 1e-12
    assert np.median(isolated) == 1
    assert np.mean(np.array(isolated) <= 2) > 0.9
    assert np.mean(np.array(found) > 0.75) > 0.9


def test_c33_what_the_notebook_says_of_its_five_draws():
    """The minimum cut parts one of 60 nodes; the normalised one costs 2.7 to 29 times as much and errs on two."""
    ratios = []
    for seed in range(5):
        affinity, truth = two_groups(seed)
        least, normalised = global_min_cut(affinity).side, normalized_cut(affinity, 2).side
        assert min(least.sum(), (~least).sum()) == 1
        wrong = (normalised != truth).sum()
        assert min(wrong, len(truth) - wrong) <= 2
        ratios.append(affinity[normalised][:, ~normalised].sum() / affinity[least][:, ~least].sum())
    assert 2.6 < min(ratios) < 2.75
    assert 28 < max(ratios) < 29


def test_c33_the_cut_is_least_at_the_ends_and_the_normalised_cut_in_the_gap():
    """Cut and Ncut at every split point of the second eigenvector, as figure 4-11 draws them."""
    for seed in range(10):
        affinity, truth = two_groups(seed)
        state = normalized_cut(affinity, 2)
        sizes = np.array([(state.eigenvector <= threshold).sum() for threshold in state.thresholds])
        outer = np.minimum(sizes, len(truth) - sizes)
        assert state.cuts[outer == 1].min() < state.cuts[outer >= 5].max()
        assert outer[np.argmin(state.ncuts)] > 15
        assert state.ncut < 0.6 < 1 < state.ncuts[outer == 1].min()  # a single node keeps nothing


def test_c33_on_photographs():
    for name in ("coffee", "camera", "astronaut", "chelsea"):
        photo = images.reduced(images.load(name), 32)
        affinity = pixel_graph(photo, sigma_color=0.15, radius=1.5)
        n_pixels = affinity.shape[0]
        least, normalised = global_min_cut(affinity), normalized_cut(affinity, 2)
        isolated = min(least.side.sum(), n_pixels - least.side.sum())
        halves = np.bincount(normalised.labels)
        assert isolated <= 0.01 * n_pixels
        assert halves.min() > 5 * isolated
