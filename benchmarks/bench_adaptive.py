"""Chapter 4.4: local thresholds against OpenCV's `adaptiveThreshold`, on 8 bits.

OpenCV repeats the last row and column beyond the border and rounds the mean to a whole number; we reflect and keep the
fraction, as scikit-image does. So masks differ where a pixel is within one grey level of its threshold. OpenCV returns
the mask alone: `map` is what we return, `mask` what the reader makes of it.
"""

import cv2

from seglearn import images, regions
from seglearn.race import race

METHODS = {"mean": cv2.ADAPTIVE_THRESH_MEAN_C, "gaussian": cv2.ADAPTIVE_THRESH_GAUSSIAN_C}
OFFSET = 4


def rows():
    """Yield (name, agreement, Race)."""
    cv2.setNumThreads(1)
    photo = images.load("camera")
    for method in METHODS:
        for size in (11, 35, 51):
            differ = (_mask(photo, size, method) != (_opencv(photo, size, method) > 0)).mean()
            agreement = f"{differ:.2%} of the pixels differ"
            for what, ours in (("map", _map), ("mask", _mask)):
                name = f"threshold_adaptive, {method}, {size}, {what} / OpenCV"
                yield name, agreement, _race(ours, photo, size, method)


def _race(ours, *problem):
    return race(lambda: _often(ours, *problem), lambda: _often(_opencv, *problem), rounds=15)


def _often(method, *problem):
    for _ in range(20):
        method(*problem)


def _map(photo, size, method):
    return regions.threshold_adaptive(photo, size, method=method, offset=OFFSET)


def _mask(photo, size, method):
    return photo > _map(photo, size, method)


def _opencv(photo, size, method):
    return cv2.adaptiveThreshold(photo, 255, METHODS[method], cv2.THRESH_BINARY, size, OFFSET)


if __name__ == "__main__":
    for name, agreement, result in rows():
        print(f"{name}: {agreement}; {result}")
