"""Graph cut: some pixels are marked, and the cheapest cut between them divides the picture."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from seglearn import checks
from seglearn.graphs.color_model import ColorModel, color_costs, fit_colors, start_components
from seglearn.graphs.energy import boundary_cost, contrasts, disjoint, neighbor_links, seeds, steady, terminal_links
from seglearn.graphs.max_flow import STEPS, grid_max_flow, grid_max_flow_steps, grid_min_cut

N_COMPONENTS = 5  # of each colour model
UNSEEN = 0.01  # the share of pixels whose colour was not marked: no colour is rarer than they are


@dataclass(frozen=True)
class GraphCutState:
    """Graph cut after some augmenting paths. Energies are E / lambda = R + smoothness B."""

    n_paths: int  # from 0
    flow: float  # through the network so far, with all that flows by single pixels: E is never less
    mask: np.ndarray  # (H, W) bool, the pixels that hang on the source; in the last state the answer
    tree: np.ndarray  # (H, W) int8, 1 in the tree of the source, -1 in that of the sink, 0 free
    region: float  # R of the mask, summed over the pixels that are not marked
    boundary: float  # B of the mask
    energy: float  # R + smoothness B; in the last state it equals `flow`
    foreground_cost: np.ndarray  # (H, W) R_p("obj"), at least 0
    background_cost: np.ndarray  # (H, W) R_p("bkg")
    foreground_model: ColorModel
    background_model: ColorModel


def graph_cut(image, foreground, background, *, smoothness=50, sigma=0.1) -> np.ndarray:
    """Part the foreground of a picture from its background, between pixels that are marked, and return its mask.

    min E(A) = lambda R(A) + B(A),  lambda = 1 / smoothness,  R(A) = sum_p -ln Pr(z_p | A_p),
    B(A) = sum_{p, q neighbours, A_p != A_q} exp(-|z_p - z_q|^2 / 2 sigma^2) / |p - q|

    Parameters
    ----------
    image : (H, W) or (H, W, 3), uint8 or float in [0, 1].
    foreground, background : (H, W) masks of marked pixels, bool, at least one pixel each, none in both. They keep
        their side.
    smoothness : number of at least 0, how much the boundary weighs against the regions.
    sigma : number above 0, the colour distance (RGB in [0, 1]) at which parting two neighbours gets cheap.

    Returns
    -------
    (H, W) bool, True in the foreground: of all masks that keep the marks, one of least energy; of equal ones the
    smallest.

    Pr is a mixture of up to five Gaussians, fitted to the marked pixels (the likeliest component counts), or 1 % of
    all 256^D colours alike where that is more. Every pixel has eight neighbours. What pixels and links cost is
    rounded to multiples of 2^-16.

    >>> from seglearn.graphs import graph_cut
    >>> graph_cut([[0.9, 0.8, 0.2, 0.1]], [[1, 0, 0, 0]], [[0, 0, 0, 1]])
    array([[ True,  True, False, False]])

    Raises
    ------
    ValueError, TypeError : not an image, NaN; masks of another shape, without marks or with marks in common; numbers
        out of range.

    Source: Y. Boykov and M.-P. Jolly, "Interactive graph cuts for optimal boundary & region segmentation of objects in
    N-D images", ICCV 2001, equations 1 to 3 and the table of section 2; colours as in `grab_cut` in place of
    histograms. Lecture 4.5.2, figures 4-12 and 4-13.
    """
    problem = _prepare(image, foreground, background, smoothness, sigma)
    return grid_max_flow(*_network(problem)).side


def graph_cut_steps(image, foreground, background, *, smoothness=50, sigma=0.1, every=1000) -> Iterator[GraphCutState]:
    """Yield a `GraphCutState` before the first path, after every `every` paths, at the end; else as `graph_cut`."""
    problem = _prepare(image, foreground, background, smoothness, sigma)
    return _states(problem, checks.integer(every, "every", 1))


def graph_cut_network(image, foreground, background, *, smoothness=50, sigma=0.1):
    """Return the network that `graph_cut` cuts, for `grid_max_flow`; arguments as in `graph_cut`.

    Returns
    -------
    source_capacity, sink_capacity (H, W): t-links; what all pixels pay either way is left out, so one of the two is 0.
    neighbor_capacity (4, H, W): n-links, the boundary term times smoothness.
    """
    return _network(_prepare(image, foreground, background, smoothness, sigma))


class GraphCutter:
    """Graph cut of one picture, again and again while it is being marked: each cut starts from the flow of the last.

    `GraphCutter(image, smoothness=..., sigma=...).cut(foreground, background)` returns what `graph_cut` does of all
    these, and raises what it does. What the marks teach changes the t-links alone, which keep most of their flow; a
    side without new marks keeps its colour model.

    >>> from seglearn.graphs import GraphCutter
    >>> cutter = GraphCutter([[0.9, 0.8, 0.2, 0.1]])
    >>> cutter.cut([[1, 0, 0, 0]], [[0, 0, 0, 1]])
    array([[ True,  True, False, False]])
    >>> cutter.cut([[1, 0, 0, 0]], [[0, 1, 0, 1]])
    array([[ True, False, False, False]])

    Source: as `graph_cut` and `grid_min_cut`. Lecture 4.5.2, figure 4-13.
    """

    def __init__(self, image, *, smoothness=50, sigma=0.1):
        self.image = checks.image(image)
        self.smoothness, self.sigma = _weights(smoothness, sigma)
        self._last = self._flow = None

    @property
    def nbytes(self):
        """Bytes that it holds once it has cut: the picture, links, flow, the costs of both sides and their marks."""
        n_pixels = self.image.shape[0] * self.image.shape[1]
        return self.image.nbytes + (2 * len(STEPS) + 2) * n_pixels * self.image.itemsize + 2 * n_pixels

    def cut(self, foreground, background) -> np.ndarray:
        """Return the mask (H, W) of the foreground; arguments as in `graph_cut`."""
        self._last = _prepare(self.image, foreground, background, self.smoothness, self.sigma, self._last)
        mask, self._flow = grid_min_cut(*_network(self._last), start=self._flow)
        return mask


@dataclass(frozen=True)
class _Problem:
    foreground: np.ndarray  # (H, W) bool, as the next
    background: np.ndarray
    links: np.ndarray  # (4, H, W), B times smoothness
    smoothness: float
    costs: tuple  # of foreground and background, (H, W)
    models: tuple


def _prepare(image, foreground, background, smoothness, sigma, last=None):
    """Check everything and return the problem; what is as in the last one, of this picture, is taken from there."""
    image = checks.image(image)
    foreground, background = (
        seeds(marks, name, image.shape[:2]) for marks, name in ((foreground, "foreground"), (background, "background"))
    )
    for marks, name in ((foreground, "foreground"), (background, "background")):
        if not marks.any():
            checks.fail(name, "at least one marked pixel", "none")
    disjoint(foreground, background)
    smoothness, sigma = _weights(smoothness, sigma)

    if last is None:
        links = steady(smoothness * neighbor_links(contrasts(image), 1 / (2 * sigma**2)))
        sides = [_learn(image, marks) for marks in (foreground, background)]
    else:
        links = last.links
        sides = [
            (cost, model) if np.array_equal(marks, before) else _learn(image, marks)
            for marks, before, cost, model in zip(
                (foreground, background), (last.foreground, last.background), last.costs, last.models
            )
        ]
    costs, models = zip(*sides)
    return _Problem(foreground, background, links, smoothness, costs, models)


def _learn(image, marks):
    """Return what every pixel (H, W) costs on the side whose marks these are, and the colour model that says so."""
    model = _fit(image[marks].reshape(np.count_nonzero(marks), -1))
    pixels = image.reshape(marks.size, -1)
    rarest = pixels.shape[1] * np.log(256) - np.log(UNSEEN)
    return steady(np.minimum(color_costs(pixels, model)[1], rarest)).reshape(marks.shape), model


def _weights(smoothness, sigma):
    return checks.number(smoothness, "smoothness", 0), checks.number(sigma, "sigma", above=0)


def _fit(colors):
    component = start_components(colors, N_COMPONENTS)
    return fit_colors(colors, component, component.max() + 1)


def _network(problem):
    terminals = terminal_links(*problem.costs, problem.links, problem.foreground, problem.background)
    return *terminals, problem.links


def _states(problem, every):
    free = ~(problem.foreground | problem.background)
    base = float(np.minimum(*problem.costs)[free].sum())  # flows through single pixels
    for state in grid_max_flow_steps(*_network(problem), every=every):
        mask = state.side
        region = float(np.where(mask, *problem.costs)[free].sum())
        cost = boundary_cost(problem.links, mask)
        boundary = cost / problem.smoothness if problem.smoothness else 0.0
        yield GraphCutState(
            state.n_paths, base + state.value, mask, state.tree, region, boundary, region + cost,
            *deepcopy(problem.costs), *deepcopy(problem.models),
        )  # fmt: skip
