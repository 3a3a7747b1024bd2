"""A fair race between two functions: one thread each, by turns, in one process, and the median of the ratios."""

import gc
import statistics
import time
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from seglearn.words import _


@dataclass(frozen=True)
class Race:
    """What a race gave."""

    ratio: float  # median over the rounds of our time / their time; below 1 we are quicker
    ours: float  # median milliseconds
    theirs: float  # median milliseconds

    def __str__(self):
        return _("{ours:.1f} ms against {theirs:.1f} ms, ratio {ratio:.2g}").format(**vars(self))


def race(ours, theirs, rounds=5) -> Race:
    """Time two functions of no arguments against each other.

    Both run once first, unmeasured (compilation, caches). Then they take turns, and each round gives one ratio:
    a machine that slows down slows both. OpenMP and BLAS are held to one thread, since numba's loops use one.
    """
    times = []
    with threadpool_limits(1):
        ours()
        theirs()
        for number in range(rounds):
            pair = {}
            for runner in (ours, theirs) if number % 2 == 0 else (theirs, ours):
                gc.collect()
                start = time.perf_counter()
                runner()
                pair[runner] = 1e3 * (time.perf_counter() - start)
            times.append((pair[ours], pair[theirs]))
    mine, other = zip(*times)
    return Race(statistics.median(a / b for a, b in times), statistics.median(mine), statistics.median(other))
