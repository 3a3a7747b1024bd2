"""Exercises on thresholds for a whole picture: the valley, the iteration, Otsu's variance."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def smooth(counts):
    """Each count the mean of itself and its two neighbours; beyond either end the last count stands once more."""
    framed = np.concatenate([counts[:1], counts, counts[-1:]])
    return (framed[:-2] + framed[1:-1] + framed[2:]) / 3


def valley(counts, first, second):
    """The level of the smallest count from one peak to the other, the first of equals."""
    return first + np.argmin(counts[first : second + 1])


def iterate(values, threshold):
    """The mean of the means of both classes; an empty class has the mean of the other."""
    low, high = values[values <= threshold], values[values > threshold]
    means = [side.mean() for side in (low, high) if side.size]
    return (means[0] + means[-1]) / 2


def between(counts, threshold):
    """w0 w1 (mu0 - mu1)^2 of the levels up to a threshold and those above it."""
    return _between(counts, threshold, lambda w0, w1, gap: w0 * w1 * gap**2)


def _between(counts, threshold, formula, last=1):
    """`formula(w0, w1, mu0 - mu1)`, where the dark class has the levels below `threshold + last`."""
    levels, n = np.arange(len(counts)), threshold + last
    low, high = counts[:n], counts[n:]
    gap = (levels[:n] * low).sum() / low.sum() - (levels[n:] * high).sum() / high.sum()
    return formula(low.sum() / counts.sum(), high.sum() / counts.sum(), gap)


def _mean(values):
    """What NumPy gives, without its warning."""
    return values.mean() if values.size else np.nan


def _iterate(mean, side=np.less_equal):
    """An `iterate` with another mean, or with the threshold itself on the other side."""

    def apply(values, threshold):
        low, high = values[side(values, threshold)], values[~side(values, threshold)]
        means = [mean(part) for part in (low, high) if part.size]
        return (means[0] + means[-1]) / 2

    return apply


def _counts(rng, size):
    return (rng.integers(1, 9 + size, size + 2).astype(float),)


def _two_peaks(rng, size):
    counts = rng.integers(0, 4, size + 4)
    first, second = 1, size + 2
    counts[[first, second]] = 9
    counts[[0, -1]] = 0  # lower than the valley, but not between the peaks
    return counts, first, second


def _values(rng, size):
    values = rng.integers(0, 20, size + 2).astype(float)
    return values, float(rng.integers(-1, 21))


def _histogram(rng, size):
    counts = rng.integers(1, 5 + size, size + 2)
    return counts, int(rng.integers(0, len(counts) - 1))


EXERCISES = (
    Exercise(
        "4.4-smooth",
        smooth,
        _counts,
        special=((np.array([6.0, 0, 3, 2, 4, 9]),), (np.array([5.0]),)),
        slips=(
            Slip(
                lambda counts: np.convolve(counts, np.ones(3) / 3, mode="same"),
                mark("Beyond the ends you take 0; there the last count stands once more."),
            ),
            Slip(
                lambda counts: np.convolve(np.pad(counts, 1, mode="wrap"), np.ones(3) / 3, mode="valid"),
                mark("The histogram isn't a ring: beyond its left end stands the first count again, not the last one."),
            ),
            Slip(
                lambda counts: np.convolve(np.pad(counts, 1, mode="edge"), np.ones(3), mode="valid"),
                mark("These are sums of three counts; divide them by 3."),
            ),
            Slip(
                lambda counts: np.convolve(np.pad(counts, 1, mode="edge"), np.array([1, 2, 1]) / 4, mode="valid"),
                mark("All three counts weigh the same, 1/3; yours weigh 1/4, 1/2, 1/4."),
            ),
            Slip(
                lambda counts: np.convolve(counts, np.ones(3) / 3, mode="valid"),
                mark("The ends are missing: as many counts come out as went in."),
            ),
            Slip(
                lambda counts: np.concatenate([counts[:1], smooth(counts)[1:-1], counts[-1:]])[: len(counts)],
                mark("The counts at both ends are smoothed too."),
            ),
            Slip(
                lambda counts: (np.concatenate([counts[:1], counts[:-1]]) + counts) / 2,
                mark("Take the neighbours on both sides, not on one."),
            ),
        ),
    ),
    Exercise(
        "4.4-valley",
        valley,
        _two_peaks,
        special=((np.array([0, 9, 2, 1, 1, 3, 9, 0]), 1, 6), (np.array([5, 5]), 0, 1)),
        slips=(
            Slip(
                lambda counts, first, second: np.argmin(counts),
                mark("The least count of all may lie outside; look between the two peaks only."),
            ),
            Slip(
                lambda counts, first, second: np.argmin(counts[first : second + 1]),
                mark("argmin counts from the start of the slice: add the level of the first peak."),
            ),
            Slip(
                lambda counts, first, second: (first + second) // 2,
                mark("This is the middle between the peaks; the valley is where the count is smallest."),
            ),
            Slip(
                lambda counts, first, second: second - np.argmin(counts[first : second + 1][::-1]),
                mark("Of equal counts take the first."),
            ),
            Slip(
                lambda counts, first, second: counts[first : second + 1].min(),
                mark("This is the smallest count; asked is the level where it stands."),
            ),
            Slip(
                lambda counts, first, second: first + np.argmax(counts[first : second + 1]),
                mark("This is where the count is largest, a peak; the valley is where it is smallest."),
            ),
        ),
    ),
    Exercise(
        "4.4-iterate",
        iterate,
        _values,
        special=((np.array([0.0, 2, 4, 10, 12]), 3.0), (np.array([0.0, 2, 4, 10, 12]), 4.0), (np.array([5.0, 7]), 9.0)),
        slips=(
            Slip(
                _iterate(np.mean, np.less),
                mark("A value equal to the threshold belongs to the dark class: compare with <=."),
            ),
            Slip(
                lambda values, threshold: (_mean(values[values <= threshold]) + _mean(values[values > threshold])) / 2,
                mark("An empty class has no mean (NaN): give it the mean of the other one."),
            ),
            Slip(
                lambda values, threshold: values.mean(),
                mark("This is the mean of all values: the larger class weighs more. Take the mean of both means."),
            ),
            Slip(_iterate(np.median), mark("These are medians; the classes are described by their means.")),
            Slip(
                lambda values, threshold: 2 * iterate(values, threshold),
                mark("Halve the sum of the two means."),
            ),
            Slip(
                lambda values, threshold: (iterate(values, threshold) + threshold) / 2,
                mark("The old threshold only divides the values; it isn't part of the mean."),
            ),
            Slip(
                _iterate(lambda part: (part.min() + part.max()) / 2),
                mark("This is the middle of the range of each class; take its mean."),
            ),
        ),
    ),
    Exercise(
        "4.4-between",
        between,
        _histogram,
        special=((np.array([8, 7, 2, 6, 9, 4]), 2), (np.array([1, 3]), 0)),
        slips=(
            Slip(
                lambda counts, threshold: _between(counts, threshold, lambda w0, w1, gap: w0 * w1 * abs(gap)),
                mark("Square the difference of the means."),
            ),
            Slip(
                lambda counts, threshold: _between(counts, threshold, lambda w0, w1, gap: gap**2),
                mark("Multiply by both shares: a distant but tiny class must not win."),
            ),
            Slip(
                lambda counts, threshold: between(counts, threshold) * counts.sum() ** 2,
                mark("The weights are shares of all pixels, from 0 to 1, not counts."),
            ),
            Slip(
                lambda counts, threshold: (
                    0.0 if threshold == 0 else _between(counts, threshold, lambda w0, w1, gap: w0 * w1 * gap**2, last=0)
                ),
                mark("The level of the threshold itself belongs to the dark class: counts[: threshold + 1]."),
            ),
            Slip(
                lambda counts, threshold: (
                    counts[: threshold + 1].sum()
                    * counts[threshold + 1 :].sum()
                    / counts.sum() ** 2
                    * (counts[: threshold + 1].mean() - counts[threshold + 1 :].mean()) ** 2
                ),
                mark("The mean of a class is a mean of grey levels, weighted by the counts, not a mean of the counts."),
            ),
            Slip(
                lambda counts, threshold: _between(
                    counts, threshold, lambda w0, w1, gap: w0 * w1 * (gap + threshold + 1) ** 2
                ),
                mark("Count the levels of both classes from 0: the bright class begins at threshold + 1."),
            ),
        ),
    ),
)
