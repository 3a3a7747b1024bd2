"""GrabCut: a rectangle, and colour models and cut that improve each other."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from seglearn import checks
from seglearn.graphs.color_model import ColorModel, color_costs, fit_colors, start_components
from seglearn.graphs.energy import (
    boundary_cost,
    contrasts,
    disjoint,
    meeting,
    neighbor_links,
    seeds,
    terminal_links,
)
from seglearn.graphs.max_flow import STEPS, grid_max_flow

GAMMA = 50  # the weight of the boundary, "versatile" by the paper


@dataclass(frozen=True)
class GrabCutState:
    """GrabCut after one iteration: components, models, cut."""

    iteration: int  # from 1
    mask: np.ndarray  # (H, W) bool, the foreground
    component: np.ndarray  # (H, W) int32, k_n of each pixel in the model of the side that it was on before the cut
    foreground_model: ColorModel
    background_model: ColorModel
    data: float  # U of the mask under these models
    boundary: float  # V
    energy: float  # U + V; never rises
    n_changed: int  # pixels that changed sides


def grab_cut(image, rectangle, *, n_components=5, n_iter=5, foreground=None, background=None) -> np.ndarray:
    """Find the object in a rectangle: learn the colours inside and outside, cut, learn again; return its mask.

    min E(alpha, k, theta) = sum_n D(alpha_n, k_n, theta, z_n)
                             + 50 sum_{m, n neighbours, alpha_m != alpha_n} exp(-beta |z_m - z_n|^2) / |m - n|
    D = -ln pi_k + 1/2 ln det Sigma_k + 1/2 (z - mu_k)^T Sigma_k^-1 (z - mu_k),  beta = 1 / (2 mean |z_m - z_n|^2)

    Parameters
    ----------
    image : (H, W) or (H, W, 3), uint8 or float in [0, 1].
    rectangle : (top, left, bottom, right), ints, the last two exclusive: all outside is background.
    n_components : int of at least 1, Gaussians in each of the two mixtures.
    n_iter : int of at least 1, iterations: components, models, cut.
    foreground, background : (H, W) masks of pixels touched up by hand, bool, none in both; None marks nothing. They
        keep their side, in the rectangle and outside.

    Returns
    -------
    (H, W) bool, True in the object; all False where it vanished.

    Every pixel belongs to one component of the mixture of its side; where components, models and cut are found in
    turn, each the best for the others, the energy never rises. Every pixel has eight neighbours.

    >>> from seglearn.graphs import grab_cut
    >>> grab_cut([[0.1, 0.1, 0.9, 0.8, 0.1, 0.2]], (0, 1, 1, 5)).astype(int)
    array([[0, 0, 1, 1, 0, 0]])

    Raises
    ------
    ValueError, TypeError : not an image, NaN; a rectangle that is empty or leaves the picture, or nothing outside it
        (and no background marked); masks of another shape or with marks in common; numbers out of range.

    Source: C. Rother, V. Kolmogorov and A. Blake, "GrabCut: interactive foreground extraction using iterated graph
    cuts", ACM Trans. Graphics 23 (2004) 309-314, section 3 and figure 3. Lecture 4.5, figure 4.5-b.
    """
    for state in _iterate(*_prepare(image, rectangle, n_components, n_iter, foreground, background)):  # noqa: B007
        pass
    return state.mask


def grab_cut_steps(
    image, rectangle, *, n_components=5, n_iter=5, foreground=None, background=None
) -> Iterator[GrabCutState]:
    """Yield a `GrabCutState` after every iteration; arguments as in `grab_cut`."""
    return _iterate(*_prepare(image, rectangle, n_components, n_iter, foreground, background))


def _prepare(image, rectangle, n_components, n_iter, foreground, background):
    image = checks.image(image)
    shape = image.shape[:2]
    top, left, bottom, right = _rectangle(rectangle, shape)
    n_components = checks.integer(n_components, "n_components", 1)
    n_iter = checks.integer(n_iter, "n_iter", 1)
    foreground, background = seeds(foreground, "foreground", shape), seeds(background, "background", shape)
    disjoint(foreground, background)
    outside = np.ones(shape, bool)
    outside[top:bottom, left:right] = False
    background = background | (outside & ~foreground)
    if not background.any():
        checks.fail("rectangle", "some background outside", f"{(top, left, bottom, right)} of a picture {shape}")
    return image, foreground, background, n_components, n_iter


def _rectangle(value, shape):
    expected = f"(top, left, bottom, right) in a picture of {shape[0]} x {shape[1]} pixels, not empty"
    if np.shape(value) != (4,):
        checks.fail("rectangle", expected, repr(value))
    top, left, bottom, right = (checks.integer(number, "rectangle") for number in value)
    if not (0 <= top < bottom <= shape[0] and 0 <= left < right <= shape[1]):
        checks.fail("rectangle", expected, (top, left, bottom, right))
    return top, left, bottom, right


def _iterate(image, foreground, background, n_components, n_iter):
    """The loop of the paper: steps 1 to 3 of its figure 3."""
    shape = background.shape
    pixels = image.reshape(background.size, -1)
    squares = contrasts(image)
    links = GAMMA * neighbor_links(squares, _falloff(squares))
    mask, models, likeliest = ~background, [None, None], None
    for iteration in range(1, n_iter + 1):
        component = np.zeros(shape, np.int32)
        for side, which in enumerate((mask, ~mask)):
            colors = pixels[which.ravel()]
            if len(colors) == 0:
                continue  # nobody is left on this side: its model stays
            first = likeliest is None
            found = start_components(colors, n_components) if first else likeliest[side][which.ravel()]
            models[side], component[which] = fit_colors(colors, found, n_components), found
        before = mask
        mask, data, likeliest = _cut(pixels, models, links, foreground, background)
        boundary = boundary_cost(links, mask)
        yield GrabCutState(
            iteration, mask.copy(), component, *deepcopy(models), data, boundary, data + boundary,
            int(np.count_nonzero(mask != before)),
        )  # fmt: skip


def _falloff(squares):
    """Return beta; of a picture without any contrast 0, since there it says nothing."""
    n_pairs = sum(squares[0][meeting(squares.shape[1:], step)[0]].size for step in STEPS)
    total = squares.sum()
    return 0.5 * n_pairs / total if total > 0 else 0.0


def _cut(pixels, models, links, foreground, background):
    """Return the best mask under two models, U of it, and the likeliest component of every pixel in either.

    Pixels far from any that may change are not asked.
    """
    likeliest, costs = zip(*(color_costs(pixels, model) for model in models))
    costs = [cost.reshape(background.shape) for cost in costs]
    open_rows, open_cols = (np.flatnonzero((~background).any(axis=axis)) for axis in (1, 0))
    around = tuple(slice(max(0, found[0] - 1), found[-1] + 2) for found in (open_rows, open_cols))
    inside = tuple(array[around] for array in (*costs, foreground, background))
    cut = links[:, *around]
    mask = np.zeros(background.shape, bool)
    mask[around] = grid_max_flow(*terminal_links(*inside[:2], cut, *inside[2:]), cut).side
    return mask, float(np.where(mask, *costs).sum()), likeliest
