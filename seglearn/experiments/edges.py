"""What chapter 4.3 measures: how well operators find the borders that a person drew."""

from functools import partial

import numpy as np

from seglearn import edges, images, metrics

TOLERANCE = 2  # pixels
CUTOFF = 0.1  # of the high-pass, in cycles per pixel
SHARES = np.geomspace(0.02, 0.8, 12)  # of the largest answer: the thresholds that are tried
DRAWN = ("astronaut", "camera", "chelsea", "china", "coffee", "coins", "flower", "horse", "motorcycle", "rocket")
OPERATORS = (
    "high_pass", "gradient", "roberts", "prewitt", "sobel", "kirsch", "laplace", "laplacian_of_gaussian",
    "smoothed_sobel", "canny",
)  # fmt: skip
SMOOTHING = ("laplacian_of_gaussian", "smoothed_sobel", "canny")  # the others know no sigma


def share_of_edges(photo, noise=0.0, rng=0):
    """Return how much of the strongest tenth of a high-pass lies in the steepest tenth of the clean photograph."""
    slope = edges.sobel(photo)
    strength = np.abs(edges.high_pass(images.noisy(photo, noise, rng=rng), CUTOFF))
    return float((slope > np.quantile(slope, 0.9))[strength > np.quantile(strength, 0.9)].mean())


def best_score(image, name, sigma, truth):
    """Return precision, recall and F at the threshold at which F is largest, and that threshold.

    image (H, W); `name` of OPERATORS; `sigma` in pixels, where the operator smooths; truth (H, W), labels that a
    person drew, 255 where undecided.
    """
    response = strength(image, name, sigma)
    thresholds = response.max() * SHARES
    curve = metrics.boundary_curve(response, thresholds, metrics.true_boundary(truth), truth != 255, TOLERANCE)
    best = int(np.argmax(curve[2]))
    return *(float(values[best]) for values in curve), float(thresholds[best])


def best_scores(photo, noise=0.0, sigma=2.0):
    """Return {operator: its `best_score`} on one of the photographs DRAWN, grey, under noise."""
    image = images.noisy(images.grey(images.load(photo)), noise, rng=0)
    truth = images.ground_truth(photo).labels
    return {name: best_score(image, name, sigma, truth) for name in OPERATORS}


def strength(image, name, sigma):
    """Return for every pixel (H, W) the largest threshold at which the operator still marks it."""
    if name == "high_pass":
        return np.abs(edges.high_pass(image, CUTOFF))
    if name == "smoothed_sobel":
        return edges.canny_stages(image, sigma).magnitude
    if name not in ("canny", "laplace", "laplacian_of_gaussian"):
        return getattr(edges, name)(image)
    if name == "canny":
        largest = edges.canny_stages(image, sigma).thinned.max()
        marked_at = partial(_canny, image, sigma)
    else:
        answer = edges.laplace(image) if name == "laplace" else edges.laplacian_of_gaussian(image, sigma)
        largest = np.abs(answer).max()
        marked_at = partial(edges.zero_crossings, answer)
    found = np.zeros(image.shape)
    for threshold in largest * SHARES:  # what is marked at one of them is marked at all below it
        found[marked_at(threshold)] = threshold
    return found


def _canny(image, sigma, high):
    return edges.canny(image, sigma, high / 2, high)
