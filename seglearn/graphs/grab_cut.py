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
    steady,
    terminal_links,
)
from seglearn.graphs.max_flow import STEPS, grid_max_flow, grid_min_cut

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
        (and no background marked), or nothing open in it; masks of another shape or with marks in common; numbers out
        of range.

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


class GrabCutter:
    """GrabCut of one picture and rectangle, then touched up again and again: each time one cut, and nothing is learned.

    `GrabCutter(image, rectangle, n_components=..., n_iter=...)` iterates as `grab_cut` does and keeps the states. Then
    `.cut(foreground, background)` is the cheapest mask under the last colour models, or under those of another
    `iteration`, that keeps what is marked by now. Each cut starts from the flow of the last; costs and links are
    rounded to multiples of 2^-16. To learn from the marks, too, give them to `grab_cut`.

    >>> from seglearn.graphs import GrabCutter
    >>> cutter = GrabCutter([[0.1, 0.1, 0.9, 0.8, 0.1, 0.2]], (0, 1, 1, 5))
    >>> cutter.cut(background=[[0, 0, 0, 1, 0, 0]]).astype(int)
    array([[0, 0, 1, 0, 0, 0]])

    Raises
    ------
    ValueError, TypeError : as `grab_cut`.

    Source: Rother, Kolmogorov and Blake (see `grab_cut`), figure 3, "user editing": step 3 once; what they call
    "refine" is `grab_cut` with marks. Lecture 4.5, figure 4.5-b.
    """

    def __init__(self, image, rectangle, *, n_components=5, n_iter=5):
        prepared = self.image, *_ = _prepare(image, rectangle, n_components, n_iter, None, None)
        self.rectangle = _rectangle(rectangle, self.image.shape[:2])
        self.states = tuple(_iterate(*prepared))  # of `grab_cut_steps`
        self._links = steady(_links(self.image))
        self._costs = self._flow = self._of = None

    @property
    def nbytes(self):
        """Bytes that it holds once it has cut: the picture, states, links, flow, and the costs of both sides."""
        of_states = sum(state.mask.nbytes + state.component.nbytes for state in self.states)
        return self.image.nbytes + of_states + 2 * self._links.nbytes + 2 * self._links[0].nbytes

    def cut(self, foreground=None, background=None, *, iteration=None) -> np.ndarray:
        """Return the mask (H, W) of the object.

        foreground, background: (H, W) masks of what is touched up, None marks nothing; iteration: from 1, None is the
        last.
        """
        foreground, background = _marks(self.image.shape[:2], self.rectangle, foreground, background)
        n_iter = len(self.states)
        iteration = n_iter if iteration is None else checks.integer(iteration, "iteration", 1, n_iter)
        around = _around(background)
        if self._of != (iteration, around):  # of what costs and flow are
            state = self.states[iteration - 1]
            _, costs = _costs(self.image, (state.foreground_model, state.background_model))
            self._costs, self._flow, self._of = [steady(cost) for cost in costs], None, (iteration, around)
        mask = np.zeros(background.shape, bool)
        network = _network(self._costs, self._links, foreground, background, around)
        mask[around], self._flow = grid_min_cut(*network, start=self._flow)
        return mask


def _prepare(image, rectangle, n_components, n_iter, foreground, background):
    image = checks.image(image)
    rectangle = _rectangle(rectangle, image.shape[:2])
    n_components = checks.integer(n_components, "n_components", 1)
    n_iter = checks.integer(n_iter, "n_iter", 1)
    foreground, background = _marks(image.shape[:2], rectangle, foreground, background)
    if background.all():
        checks.fail("background", "a pixel of the rectangle that is left unmarked", "all of it marked")
    return image, foreground, background, n_components, n_iter


def _marks(shape, rectangle, foreground, background):
    """Return what is foreground for certain, and background: it is marked so, or lies outside and isn't marked."""
    top, left, bottom, right = rectangle
    foreground, background = seeds(foreground, "foreground", shape), seeds(background, "background", shape)
    disjoint(foreground, background)
    outside = np.ones(shape, bool)
    outside[top:bottom, left:right] = False
    background = background | (outside & ~foreground)
    if not background.any():
        checks.fail("rectangle", "some background outside", f"{tuple(rectangle)} of a picture {shape}")
    return foreground, background


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
    links = _links(image)
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
        mask, data, likeliest = _cut(image, models, links, foreground, background)
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


def _links(image):
    squares = contrasts(image)
    return GAMMA * neighbor_links(squares, _falloff(squares))


def _costs(image, models):
    """Return the likeliest component (N,) of every pixel in either model, and D (H, W) of it."""
    pixels = image.reshape(image.shape[0] * image.shape[1], -1)
    likeliest, costs = zip(*(color_costs(pixels, model) for model in models))
    return likeliest, [cost.reshape(image.shape[:2]) for cost in costs]


def _cut(image, models, links, foreground, background):
    """Return the best mask under two models, U of it, and the likeliest component of every pixel in either."""
    likeliest, costs = _costs(image, models)
    around = _around(background)
    mask = np.zeros(background.shape, bool)
    mask[around] = grid_max_flow(*_network(costs, links, foreground, background, around)).side
    return mask, float(np.where(mask, *costs).sum()), likeliest


def _around(background):
    """Return the slices of a picture beyond which no pixel may change: those are not asked."""
    ends = []
    for axis in (1, 0):
        found = np.flatnonzero((~background).any(axis=axis))
        ends.append((found[0], found[-1]) if found.size else (0, 0))
    return tuple(slice(int(max(0, first - 1)), int(last + 2)) for first, last in ends)


def _network(costs, links, foreground, background, around):
    inside = tuple(array[around] for array in (*costs, foreground, background))
    cut = links[:, *around]
    return *terminal_links(*inside[:2], cut, *inside[2:]), cut
