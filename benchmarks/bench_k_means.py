"""K-Means against scikit-learn's Lloyd, on every pixel of five photos, K = 2 to 8, each from the same distinct colours.

The time of a photo is that of its seven runs together, each to the end: until no pixel changes cluster.
"""

import statistics

import numpy as np
from sklearn.cluster import KMeans

from seglearn import images
from seglearn.clustering import k_means
from seglearn.race import Race, race

PHOTOS = ("astronaut", "coffee", "chelsea", "rocket", "china")
LONGEST = 1000  # iterations; none of these runs needs as many


def rows():
    """Yield (name, agreement, Race) for every photo, then the median of the photos."""
    races, differ, total = [], 0, 0
    for name in PHOTOS:
        points = images.load(name).reshape(-1, 3) / 255
        colours = np.unique(points, axis=0)
        starts = [np.random.default_rng(K).choice(colours, K, replace=False) for K in range(2, 9)]
        labels = {}
        result = race(
            lambda p=points, s=starts, out=labels: out.update(ours=[_ours(p, start) for start in s]),
            lambda p=points, s=starts, out=labels: out.update(theirs=[_theirs(p, start) for start in s]),
            rounds=3,
        )
        wrong = np.count_nonzero(np.array(labels["ours"]) != labels["theirs"])
        races, differ, total = [*races, result], differ + wrong, total + len(starts) * len(points)
        yield f"k_means, {name}, K = 2..8 / scikit-learn", _agreement(wrong, len(starts) * len(points)), result
    middle = Race(*(statistics.median(getattr(r, field) for r in races) for field in ("ratio", "ours", "theirs")))
    yield "k_means, median of the photos / scikit-learn", _agreement(differ, total), middle


def _ours(points, start):
    return k_means(points, len(start), init=start, max_iter=LONGEST).labels


def _theirs(points, start):
    reference = KMeans(len(start), init=start, n_init=1, tol=0, algorithm="lloyd", max_iter=LONGEST)
    return reference.fit(points).labels_


def _agreement(differ, total):
    return f"{differ} of {total} labels differ"


if __name__ == "__main__":
    for name, agreement, result in rows():
        print(f"{name:50s} {agreement:32s} {result}")
