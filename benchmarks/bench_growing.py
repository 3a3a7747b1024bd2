"""Chapter 4.4: region growing against the seed, beside OpenCV's floodFill, and scikit-image's flood, on 8 bits.

All three give the same mask. Growing against the running mean, which neither has, is timed beside them.
"""

import cv2
import numpy as np
from skimage.segmentation import flood

from seglearn import images, regions
from seglearn.race import race

CASES = (("camera, its sky", (20, 20), 10), ("camera, its coat", (250, 150), 20), ("camera, everything", (20, 20), 255))


def rows():
    """Yield (name, agreement, Race)."""
    cv2.setNumThreads(1)
    camera = images.load("camera")
    pictures = [(name, camera, seed, tolerance) for name, seed, tolerance in CASES]
    pictures.append(("1 megapixel, noise of 4 levels", _noise(), (512, 512), 12))
    for name, *problem in pictures:
        ours, theirs = _ours(*problem), _opencv(*problem)
        agreement = f"{np.count_nonzero(ours != theirs)} pixels differ, {ours.sum()} are in"
        yield f"region_growing, {name} / OpenCV", agreement, _race(_opencv, problem)
    yield f"region_growing, {name} / scikit-image", agreement, _race(_skimage, problem)
    mask = regions.region_growing(*problem)
    agreement = f"{np.count_nonzero(mask != theirs)} pixels differ: the mean moves"
    yield (
        f"region_growing, mean, {name} / scikit-image",
        agreement,
        race(lambda: regions.region_growing(*problem), lambda: _skimage(*problem)),
    )


def _race(theirs, problem):
    return race(lambda: _often(_ours, problem), lambda: _often(theirs, problem), rounds=15)


def _often(method, problem):
    for _ in range(10):
        method(*problem)


def _noise():
    values = np.random.default_rng(0).normal(128, 4, (1024, 1024))
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _ours(photo, seed, tolerance):
    return regions.region_growing(photo, seed, tolerance, criterion="seed")


def _opencv(photo, seed, tolerance):
    mask = np.zeros((photo.shape[0] + 2, photo.shape[1] + 2), np.uint8)
    how = 4 | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY | 1 << 8
    cv2.floodFill(photo, mask, seed[::-1], 0, tolerance, tolerance, how)
    return mask[1:-1, 1:-1].view(bool)


def _skimage(photo, seed, tolerance):
    return flood(photo, seed, tolerance=tolerance, connectivity=1)


if __name__ == "__main__":
    for name, agreement, result in rows():
        print(f"{name}: {agreement}; {result}")
