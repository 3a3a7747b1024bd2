"""Chapter 4.4: watershed against scikit-image's, on a photograph, on its gradient in 8 bits, and on it as float.

Both find the minima themselves, or start from a hundred markers. Where heights are equal the order of the queues
decides, and the two don't have the same one: the pixels that differ are those that ties decide.
"""

import numpy as np
from skimage import segmentation

from seglearn import edges, images, regions
from seglearn.race import race

PHOTOS = ("camera", "coins")


def rows():
    """Yield (name, agreement, Race)."""
    for name in PHOTOS:
        photo = images.load(name)
        slope = edges.sobel(photo)
        markers = np.zeros(photo.shape, np.int32)
        markers.ravel()[np.random.default_rng(0).choice(photo.size, 100, replace=False)] = np.arange(1, 101)
        reliefs = {
            "8 bits": photo,
            "gradient, 8 bits": np.rint(255 * slope / slope.max()).astype(np.uint8),
            "gradient, float": slope,
        }
        for what, relief in reliefs.items():
            for how, given in (("minima", None), ("markers", markers)):
                yield (
                    f"watershed, {name}, {what}, {how} / scikit-image",
                    _agreement(relief, given),
                    _race(relief, given),
                )
    yield f"watershed, {name}, {what}, dams / scikit-image", _agreement(relief, None, True), _race(relief, None, True)


def _agreement(relief, markers, lines=False):
    differ = _ours(relief, markers, lines) != _theirs(relief, markers, lines)
    return f"{differ.mean():.2%} of the labels differ"


def _race(*problem):
    return race(lambda: _ours(*problem), lambda: _theirs(*problem), rounds=7)


def _ours(relief, markers, lines=False):
    return regions.watershed(relief, markers, lines=lines)


def _theirs(relief, markers, lines=False):
    return segmentation.watershed(relief, markers, watershed_line=lines)


if __name__ == "__main__":
    for name, agreement, result in rows():
        print(f"{name}: {agreement}; {result}")
