"""Chapter 4.4: split and merge against a plain reference of like output, since no library has the method.

The reference is what a reader would write with NumPy and lists of pixels: quarter by recursion, then merge the most
similar pair of neighbours' blocks first. It must give the same labels.
"""

import numpy as np

from seglearn import images, regions
from seglearn.race import race

PHOTOS = {"camera": 4, "coins": 4}  # and every which row and column: the reference takes seconds on a whole one
TOLERANCES = {"range": 40, "deviation": 12}


def rows():
    """Yield (name, agreement, Race)."""
    for name, every in PHOTOS.items():
        photo = images.load(name)[::every, ::every]
        for criterion, tolerance in TOLERANCES.items():
            ours = regions.split_and_merge(photo, tolerance, criterion=criterion)
            differ = np.count_nonzero(ours != plain(photo, tolerance, 2, criterion))
            agreement = f"{differ} of {ours.size} labels differ, {ours.max() + 1} regions"
            result = race(
                lambda p=photo, t=tolerance, c=criterion: regions.split_and_merge(p, t, criterion=c),
                lambda p=photo, t=tolerance, c=criterion: plain(p, t, 2, c),
                rounds=3,
            )
            yield f"split_and_merge, {name}, {criterion} / plain", agreement, result


def plain(image, tolerance, min_size, criterion):
    """Split and merge as it reads in a book."""

    def unevenness(*members):
        values = np.concatenate([image[rows, cols].ravel() for k in members for rows, cols in regions_[k]])
        return float(np.ptp(values)) if criterion == "range" else float(values.std())

    def quarter(top, left, bottom, right):
        rows, cols = slice(top, bottom), slice(left, right)
        regions_[0] = [(rows, cols)]
        if max(bottom - top, right - left) <= min_size or unevenness(0) <= tolerance:
            return [(top, left, bottom, right)]
        middle = top + (bottom - top + 1) // 2 if bottom - top > min_size else bottom
        centre = left + (right - left + 1) // 2 if right - left > min_size else right
        parts = [
            (r, c, e, s) for r, e in ((top, middle), (middle, bottom)) for c, s in ((left, centre), (centre, right))
        ]
        return [block for part in parts if part[0] < part[2] and part[1] < part[3] for block in quarter(*part)]

    regions_ = {}
    blocks = sorted(quarter(0, 0, *image.shape))
    regions_ = {k: [(slice(t, b), slice(l, r))] for k, (t, l, b, r) in enumerate(blocks)}
    labels = np.empty(image.shape, int)
    for k, (place,) in regions_.items():
        labels[place] = k
    sides = [(labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])]
    pairs = sorted(
        {(min(p), max(p)) for a, b in sides for p in zip(a.ravel().tolist(), b.ravel().tolist()) if p[0] != p[1]}
    )
    owner, merged = list(range(len(blocks))), True
    while merged:
        merged = False
        costs = {p: unevenness(owner[p[0]], owner[p[1]]) for p in pairs if owner[p[0]] != owner[p[1]]}
        for pair in sorted((p for p in costs if costs[p] <= tolerance), key=costs.get):
            a, b = sorted((owner[pair[0]], owner[pair[1]]))
            if a != b and unevenness(a, b) <= tolerance:
                regions_[a] += regions_.pop(b)
                owner, merged = [a if k == b else k for k in owner], True
    return np.unique(np.array(owner)[labels], return_inverse=True)[1].reshape(image.shape)


if __name__ == "__main__":
    for name, agreement, result in rows():
        print(f"{name}: {agreement}; {result}")
