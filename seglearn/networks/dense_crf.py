"""The fully connected CRF: every pixel draws every other one of like colour towards its own label."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit

from seglearn import checks
from seglearn.networks.permutohedral import gaussian_filter, lattice, normalized, working_room

LEAST = 1e-10  # a probability of 0 would be a potential without end


@dataclass(frozen=True)
class DenseCrfState:
    """What the mean field says at its start (iteration 0) and after each iteration."""

    iteration: int
    probabilities: np.ndarray  # (K, H, W) float32, Q
    labels: np.ndarray  # (H, W) int32, argmax_k Q
    energy: float  # the free energy of Q, in nats; no iteration raises it


def dense_crf(unary, image, *, n_iter=10, theta_alpha=60.0, theta_beta=10.0, theta_gamma=3.0, appearance=10.0,
              smoothness=3.0) -> np.ndarray:  # fmt: skip
    """Return the labels that probabilities have once all pixels have heard all others.

    Q_i(l)  <-  exp(log P_i(l) + sum_m w_m sum_j k_m(f_i, f_j) Q_j(l)) / Z_i
    k_1 = exp(-|p_i - p_j|^2 / 2 theta_alpha^2 - |I_i - I_j|^2 / 2 theta_beta^2)
    k_2 = exp(-|p_i - p_j|^2 / 2 theta_gamma^2)

    Parameters
    ----------
    unary : (K, H, W) float, the P above: how likely each label is at each pixel, of sum 1 over K; -log P is the
        unary potential. A probability below 1e-10 counts as that.
    image : (H, W) grey or (H, W, 3) RGB, uint8, uint16, bool or float in [0, 1].
    n_iter : int of at least 0.
    theta_alpha : float above 0, in pixels: how far away like colours are still heard.
    theta_beta : float above 0, in grey levels of 0 to 255: how alike colours must be.
    theta_gamma : float above 0, in pixels: the reach of the kernel that looks at places alone.
    appearance, smoothness : floats of at least 0, the weights w_1 and w_2 of the two kernels.

    Returns
    -------
    (H, W) int32; of equal probabilities the first label.

    Each kernel is normalised, k(f_i, f_j) / sqrt(sum_n k(f_i, f_n) sum_n k(f_j, f_n)), as in the 2013 paper, so that
    a weight means the same wherever a pixel lies. A pixel hears itself, too: only then does no iteration raise the
    free energy (2013, section 3). The sums over all pixels run on the permutohedral lattice, in O(N K).

    Example
    -------
    >>> model, _ = shipped("fcn8s_scenes")
    >>> labels = dense_crf(probabilities(model, image), image)

    Raises
    ------
    ValueError, TypeError : a unary that is no distribution, of another size than the image, or NaN; thetas not above
    0, negative weights, less than 0 iterations.

    Source: P. Krahenbuhl and V. Koltun, "Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials",
    NIPS 2011, equations 3 to 6 and algorithm 1; "Parameter Learning and Convergent Inference for Dense Random
    Fields", ICML 2013. Lecture 4.6.2, figure 4-21 (i).
    """
    settings = _prepare(unary, image, n_iter, theta_alpha, theta_beta, theta_gamma, appearance, smoothness)
    for state in _mean_field(*settings, watched=False):  # noqa: B007
        pass
    return state.labels


def dense_crf_steps(unary, image, *, n_iter=10, theta_alpha=60.0, theta_beta=10.0, theta_gamma=3.0, appearance=10.0,
                    smoothness=3.0) -> Iterator[DenseCrfState]:  # fmt: skip
    """Yield a `DenseCrfState` of the start and of every iteration; arguments as in `dense_crf`."""
    settings = _prepare(unary, image, n_iter, theta_alpha, theta_beta, theta_gamma, appearance, smoothness)
    return _mean_field(*settings, watched=True)


def pairwise_kernels(image, *, theta_alpha, theta_beta, theta_gamma, appearance, smoothness) -> list:
    """Return the kernels of a picture (H, W) or (H, W, 3), float in [0, 1]: normalised lattices, none of weight 0."""
    height, width = image.shape[:2]
    row, col = (place.ravel().astype(float) for place in np.mgrid[:height, :width])
    colours = 255 * image.reshape(height * width, -1).T / theta_beta
    kernels = []
    if appearance:
        features = np.stack([col / theta_alpha, row / theta_alpha, *colours], axis=1)
        kernels.append(normalized(lattice(features), appearance))
    if smoothness:
        kernels.append(normalized(lattice(np.stack([col, row], axis=1) / theta_gamma), smoothness))
    return kernels


def _prepare(unary, image, n_iter, theta_alpha, theta_beta, theta_gamma, appearance, smoothness):
    unary, image = check_unary(unary), checks.image(image)
    if unary.shape[1:] != image.shape[:2]:
        checks.fail("unary", f"(K, {image.shape[0]}, {image.shape[1]}), the picture's size", f"shape {unary.shape}")
    n_iter = checks.integer(n_iter, "n_iter", 0)
    kernels = pairwise_kernels(
        image,
        theta_alpha=checks.number(theta_alpha, "theta_alpha", above=0),
        theta_beta=checks.number(theta_beta, "theta_beta", above=0),
        theta_gamma=checks.number(theta_gamma, "theta_gamma", above=0),
        appearance=checks.number(appearance, "appearance", 0),
        smoothness=checks.number(smoothness, "smoothness", 0),
    )
    return unary, kernels, n_iter


def check_unary(unary):
    """Return probabilities (K, H, W) as float32; refuse what is no distribution over K at every pixel."""
    unary = np.asarray(unary)
    if unary.ndim != 3 or unary.size == 0 or unary.dtype.kind != "f":
        checks.fail("unary", "probabilities (K, H, W) of float", f"shape {unary.shape}, dtype {unary.dtype}")
    checks.points(unary.reshape(len(unary), -1), "unary")  # finite
    if unary.min() < 0:
        checks.fail("unary", "probabilities of at least 0", float(unary.min()))
    furthest = unary.sum(axis=0).flat[np.abs(unary.sum(axis=0) - 1).argmax()]
    if abs(furthest - 1) > 1e-3:
        checks.fail("unary", "probabilities of sum 1 at every pixel", f"a sum of {furthest:.6g}")
    return unary.astype(np.float32)


def _mean_field(unary, kernels, n_iter, *, watched):
    """The loop. Who only runs it is spared all states but the last, and the sums that its energy would ask for."""
    n_labels, height, width = unary.shape
    log_p = _rows(np.log(np.maximum(unary, LEAST)))  # (N, K')
    q, scores = softmax(log_p.copy()), np.empty_like(log_p)
    rooms = [working_room(kernel, q.shape[1]) for kernel in kernels]
    for iteration in range(n_iter + 1):
        last = iteration == n_iter
        if watched or not last:
            scores[:] = log_p
            for kernel, room in zip(kernels, rooms):
                gaussian_filter(kernel, q, onto=scores, room=room)
        if watched or last:
            probabilities = q[:, :n_labels].T.copy().reshape(unary.shape)
            labels = q.argmax(axis=1).astype(np.int32).reshape(height, width)
            energy = _energy(q[:, :n_labels], log_p[:, :n_labels], scores[:, :n_labels]) if watched else np.nan
            yield DenseCrfState(iteration, probabilities, labels, energy)
        if not last:
            q, scores = softmax(scores), q


def _rows(planes):
    """Turn (K, H, W) into a row for each pixel, (N, K'); from 8 labels on, with labels of probability 0 up to a
    multiple of 8, since a processor takes eight numbers as quickly as one."""
    n_labels = len(planes)
    rows = np.full((planes[0].size, n_labels if n_labels < 8 else -(-n_labels // 8) * 8), -np.inf, np.float32)
    rows[:, :n_labels] = planes.reshape(n_labels, -1).T
    return rows


def softmax(scores):
    """Turn scores (N, K) float32 into probabilities over K, in place."""
    _subtract_largest(scores)
    np.exp(scores, out=scores)
    _divide_by_sum(scores)
    return scores


def _energy(q, log_p, scores):
    """sum_i sum_l Q_i(l) (log Q_i(l) - log P_i(l) - 1/2 sum_j K_ij Q_j(l)), in float64."""
    terms = np.log(np.maximum(q, np.finfo(np.float32).tiny)) - (log_p + scores) / 2
    return float((q * terms).sum(dtype=np.float64))


@njit(cache=True)
def _subtract_largest(scores):
    for i in range(len(scores)):
        largest = scores[i, 0]
        for k in range(scores.shape[1]):
            largest = max(largest, scores[i, k])
        for k in range(scores.shape[1]):
            scores[i, k] -= largest


@njit(cache=True)
def _divide_by_sum(values):
    for i in range(len(values)):
        total = np.float32(0)
        for k in range(values.shape[1]):
            total += values[i, k]
        for k in range(values.shape[1]):
            values[i, k] /= total
