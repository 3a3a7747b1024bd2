"""Chapter 4.3: Canny against scikit-image and OpenCV, and a traced contour against OpenCV's.

Ten photos must give scikit-image's edges, pixel by pixel. OpenCV blurs in whole numbers of 8 bits and chooses among
four directions instead of interpolating, so it finds other edges in places: how many of its pixels we have within one
pixel is the agreement. Its thresholds are ours times 255.
"""

import cv2
import numpy as np
from scipy import ndimage
from skimage import feature

from seglearn import edges, images
from seglearn.race import race

PHOTOS = ("coffee", "astronaut", "chelsea", "rocket", "motorcycle", "china", "flower", "camera", "coins", "moon")
SIGMAS = (1, 2, 3)


def rows():
    """Yield (name, agreement, Race)."""
    cv2.setNumThreads(1)
    photos = [_grey(images.load(name)) for name in PHOTOS]
    for sigma in SIGMAS:
        differing = sum(int((edges.canny(p, sigma) != feature.canny(p, sigma)).sum()) for p in photos)
        agreement = f"{differing} of {sum(p.size for p in photos)} pixels differ on {len(PHOTOS)} photos"
        yield f"canny, sigma {sigma} / scikit-image", agreement, _race(sigma, lambda p, s: feature.canny(p, s))
    for sigma in SIGMAS:
        agreement = f"{_nearby(photos, sigma):.1%} of its edge pixels are ours within one pixel"
        yield f"canny, sigma {sigma} / OpenCV GaussianBlur + Canny", agreement, _race(sigma, _opencv)
    mask = _blob()
    yield "trace_border, 1 megapixel / OpenCV findContours", _same(mask), _race_contours(mask)


def _race(sigma, theirs):
    photo = _grey(images.load("astronaut"))
    return race(lambda: edges.canny(photo, sigma), lambda: theirs(photo, sigma), rounds=15)


def _race_contours(mask):
    return race(lambda: edges.trace_border(mask), lambda: _contour(mask), rounds=5)


def _grey(photo):
    return photo if photo.ndim == 2 else photo.mean(axis=2).round().astype(np.uint8)


def _opencv(photo, sigma):
    smoothed = cv2.GaussianBlur(photo, (0, 0), sigma)
    return cv2.Canny(smoothed, 0.1 * 255, 0.2 * 255, L2gradient=True)


def _nearby(photos, sigma):
    found = total = 0
    for photo in photos:
        theirs = _opencv(photo, sigma) > 0
        near = ndimage.binary_dilation(edges.canny(photo, sigma), np.ones((3, 3)))
        found, total = found + (theirs & near).sum(), total + theirs.sum()
    return found / total


def _blob():
    rows, columns = np.mgrid[:1024, :1024] - 512
    angle = np.arctan2(rows, columns)
    return np.hypot(rows, columns) < 400 + 60 * np.sin(7 * angle) + 20 * np.sin(31 * angle)


def _contour(mask):
    (contour,), _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return contour[:, 0, ::-1]


def _same(mask):
    ours, theirs = edges.trace_border(mask), _contour(mask)
    theirs = np.concatenate((theirs[:1], theirs[:0:-1]))  # the other way round
    return f"{len(ours)} points, all the same" if np.array_equal(ours, theirs) else "DIFFERENT"


if __name__ == "__main__":
    for name, agreement, result in rows():
        print(f"{name}: {agreement}; {result}")
