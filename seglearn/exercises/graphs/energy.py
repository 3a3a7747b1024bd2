"""Exercises on the energy of a segmentation: t-links, region and boundary, components of colour, beta."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def t_links(foreground_cost, background_cost, foreground, background, hold):
    """Capacities from the source and to the sink, each (H, W): Boykov and Jolly's table."""
    from_source = np.where(foreground, hold, np.where(background, 0.0, background_cost))
    to_sink = np.where(background, hold, np.where(foreground, 0.0, foreground_cost))
    return from_source, to_sink


def energy(mask, foreground_cost, background_cost, right, below, smoothness):
    """R + smoothness B, with the links to the pixel on the right and to that below."""
    return _region(mask, foreground_cost, background_cost) + smoothness * _boundary(mask, right, below)


def component(z, weights, means, variances):
    """The component of least -ln pi + 1/2 ln sigma^2 + (z - mu)^2 / (2 sigma^2), of equal ones the first."""
    return int(np.argmin(_costs(z, weights, means, variances)))


def beta(image):
    """beta = 1 / (2 mean |z_m - z_n|^2) over the pairs of neighbours beside and below each other."""
    return 1 / (2 * _squares(image).mean())


def _region(mask, foreground_cost, background_cost):
    return np.where(mask, foreground_cost, background_cost).sum()


def _boundary(mask, right, below):
    beside = right[:, :-1][mask[:, :-1] != mask[:, 1:]].sum()
    return beside + below[:-1][mask[:-1] != mask[1:]].sum()


def _costs(z, weights, means, variances):
    return -np.log(weights) + 0.5 * np.log(variances) + (z - means) ** 2 / (2 * variances)


def _squares(image):
    """Of all pairs, in one row."""
    return np.concatenate([np.diff(image, axis=1).ravel() ** 2, np.diff(image, axis=0).ravel() ** 2])


def _marked(rng, size):
    shape = 2, size + 1
    costs = rng.integers(1, 9, (2, *shape)).astype(float)
    marks = rng.integers(0, 3, shape)
    return *costs, marks == 1, marks == 2, 50.0


def _cut(rng, size):
    shape = tuple(rng.integers(2, 3 + size // 2, 2))
    costs, links = rng.integers(0, 9, (2, *shape)).astype(float), rng.integers(1, 9, (2, *shape)).astype(float)
    return rng.random(shape) < 0.5, *costs, *links, float(rng.integers(2, 5))


def _mixture(rng, size):
    n_components = size + 1
    shares = rng.integers(1, 9, n_components)
    return (
        int(rng.integers(0, 11)) / 10, shares / shares.sum(), rng.integers(0, 11, n_components) / 10,
        rng.choice([0.01, 0.02, 0.05, 0.2], n_components),
    )  # fmt: skip


def _picture(rng, size):
    shape = rng.integers(2, 4 + size // 2, 2)
    image = rng.integers(0, 10, shape) / 9
    image[0, :2] = 0, 1  # never without contrast
    return (image,)


ROW = np.array([[True, True, False]])

EXERCISES = (
    Exercise(
        "4.5-t-links",
        t_links,
        _marked,
        special=(
            (np.array([[2.0, 3, 4]]), np.array([[5.0, 6, 7]]), ROW & ~ROW, ROW & ~ROW, 50.0),
            (np.array([[2.0, 3, 4]]), np.array([[5.0, 6, 7]]), ROW, ~ROW, 50.0),
        ),
        slips=(
            Slip(
                lambda f, b, foreground, background, hold: t_links(b, f, foreground, background, hold),
                mark("Exchanged: the arc from the source is cut where a pixel is background, so it holds that cost."),
            ),
            Slip(
                lambda f, b, foreground, background, hold: t_links(f, b, background, foreground, hold),
                mark("The foreground marks hang on the source, those of the background on the sink."),
            ),
            Slip(
                lambda f, b, foreground, background, hold: (b, f),
                mark(
                    "The marks play no part here: a marked pixel is held by `hold` on its side and by 0 on the other."
                ),
            ),
            Slip(
                lambda f, b, foreground, background, hold: (
                    np.where(foreground, hold, b),
                    np.where(background, hold, f),
                ),
                mark("A marked pixel has no arc to the other terminal: that one is 0."),
            ),
            Slip(
                lambda f, b, foreground, background, hold: (
                    np.where(foreground | background, 0, b),
                    np.where(foreground | background, 0, f),
                ),
                mark("Nothing holds the marked pixels; give them `hold` on their own side."),
            ),
            Slip(
                lambda f, b, foreground, background, hold: (
                    np.where(foreground, hold + b, np.where(background, 0, b)),
                    np.where(background, hold + f, np.where(foreground, 0, f)),
                ),
                mark("`hold` stands in place of the region's cost; it is not added to it."),
            ),
            Slip(
                lambda f, b, foreground, background, hold: t_links(f, b, foreground, background, hold)[::-1],
                mark("First those from the source, then those to the sink."),
            ),
        ),
    ),
    Exercise(
        "4.5-energy",
        energy,
        _cut,
        special=(
            (
                ROW,
                np.array([[1.0, 2, 3]]),
                np.array([[4.0, 5, 6]]),
                np.array([[7.0, 8, 99]]),
                np.full((1, 3), 99.0),
                2.0,
            ),
            (np.ones((2, 2), bool), np.ones((2, 2)), np.zeros((2, 2)), np.ones((2, 2)), np.ones((2, 2)), 3.0),
        ),
        slips=(
            Slip(
                lambda mask, f, b, right, below, smoothness: _region(mask, f, b) + _boundary(mask, right, below),
                mark("The boundary is multiplied by the smoothness."),
            ),
            Slip(
                lambda mask, f, b, right, below, smoothness: smoothness * energy(mask, f, b, right, below, 1.0),
                mark("Only the boundary is multiplied by the smoothness, not the region."),
            ),
            Slip(
                lambda mask, f, b, right, below, smoothness: energy(~mask, f, b, right, below, smoothness),
                mark("Exchanged: a pixel of the mask pays the cost of the foreground, another that of the background."),
            ),
            Slip(
                lambda mask, f, b, right, below, smoothness: smoothness * _boundary(mask, right, below),
                mark("The region is missing: every pixel pays for its side."),
            ),
            Slip(
                lambda mask, f, b, right, below, smoothness: _region(mask, f, b),
                mark("The boundary is missing: every link between two sides is paid for."),
            ),
            Slip(
                lambda mask, f, b, right, below, smoothness: energy(mask, f, b, right, 0 * below, smoothness),
                mark("The links to the pixels below are missing."),
            ),
            Slip(
                lambda mask, f, b, right, below, smoothness: energy(mask, f, b, 0 * right, below, smoothness),
                mark("The links to the pixels on the right are missing."),
            ),
            Slip(
                lambda mask, f, b, right, below, smoothness: (
                    _region(mask, f, b) + 2 * smoothness * _boundary(mask, right, below)
                ),
                mark("Every link is counted twice; a pair of neighbours is one pair."),
            ),
            Slip(
                lambda mask, f, b, right, below, smoothness: (
                    _region(mask, f, b)
                    + smoothness * (right[:, :-1].sum() + below[:-1].sum() - _boundary(mask, right, below))
                ),
                mark("Links between pixels of different sides are paid for, not those of one side."),
            ),
            Slip(
                lambda mask, f, b, right, below, smoothness: (
                    np.where(mask, f, 0).sum() + smoothness * _boundary(mask, right, below)
                ),
                mark("The pixels of the background pay as well."),
            ),
        ),
    ),
    Exercise(
        "4.5-component",
        component,
        _mixture,
        special=(
            (0.5, np.array([0.5, 0.5]), np.array([0.4, 0.7]), np.array([0.01, 0.2])),
            (0.5, np.array([0.9, 0.1]), np.array([0.3, 0.6]), np.array([0.05, 0.05])),
            (0.5, np.array([0.5, 0.5]), np.array([0.2, 0.8]), np.array([0.05, 0.05])),
        ),
        slips=(
            Slip(
                lambda z, weights, means, variances: int(np.argmin(np.abs(z - means))),
                mark("This is the nearest mean; a wide component reaches farther, and a common one is likelier."),
            ),
            Slip(
                lambda z, weights, means, variances: int(np.argmin((z - means) ** 2 / variances)),
                mark("Distance in standard deviations alone favours wide components: add ln sigma^2 / 2 and -ln pi."),
            ),
            Slip(
                lambda z, weights, means, variances: int(np.argmin(_costs(z, 1.0, means, variances))),
                mark("The share pi of the component is missing."),
            ),
            Slip(
                lambda z, weights, means, variances: int(np.argmin(_costs(z, 1 / weights, means, variances))),
                mark("The sign of ln pi is wrong: a common component costs less."),
            ),
            Slip(
                lambda z, weights, means, variances: int(
                    np.argmin(-np.log(weights) + (z - means) ** 2 / (2 * variances))
                ),
                mark("ln sigma^2 / 2 is missing: a wide component spreads its share thinly."),
            ),
            Slip(
                lambda z, weights, means, variances: int(np.argmax(_costs(z, weights, means, variances))),
                mark("The likeliest component has the least cost: argmin."),
            ),
            Slip(
                lambda z, weights, means, variances: int(np.argmin(_costs(z, weights, means, variances**2))),
                mark("`variances` are sigma^2 already; they are not squared."),
            ),
            Slip(
                lambda z, weights, means, variances: int(np.argmax(weights)),
                mark("The colour plays no part here."),
            ),
        ),
    ),
    Exercise(
        "4.5-beta",
        beta,
        _picture,
        special=((np.array([[0.0, 1.0]]),), (np.array([[0.0, 0.5], [1.0, 1.0]]),)),
        slips=(
            Slip(
                lambda image: 1 / _squares(image).mean(),
                mark("The 2 is missing: beta = 1 / (2 mean)."),
            ),
            Slip(
                lambda image: 2 * _squares(image).mean(),
                mark("beta is 1 divided by this: the stronger the contrasts of a picture, the less each one counts."),
            ),
            Slip(
                lambda image: 1 / (2 * np.sqrt(_squares(image)).mean() ** 2),
                mark("Square the differences before you take their mean; this squares the mean."),
            ),
            Slip(
                lambda image: 1 / (2 * np.sqrt(_squares(image)).mean()),
                mark("The differences are squared before their mean is taken."),
            ),
            Slip(
                lambda image: 1 / (2 * _squares(image).sum()),
                mark("This is a sum; divide it by the number of pairs."),
            ),
            Slip(
                lambda image: 1 / (2 * (np.diff(image, axis=1) ** 2).mean()),
                mark("Only pairs beside each other count here; take those below each other too."),
            ),
            Slip(
                lambda image: 1 / (2 * _squares(image).sum() / image.size),
                mark("Divide by the number of pairs, not of pixels: H (W - 1) + (H - 1) W of them."),
            ),
            Slip(
                lambda image: (
                    1 / ((np.diff(image, axis=1) ** 2).mean() + (np.diff(image, axis=0) ** 2).mean())
                    if len(image) > 1
                    else 1 / (np.diff(image, axis=1) ** 2).mean()
                ),
                mark("The mean runs over all pairs together; the mean of two means weighs them unevenly."),
            ),
        ),
    ),
)
