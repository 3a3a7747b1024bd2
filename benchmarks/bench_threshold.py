"""Chapter 4.4: Otsu's threshold against OpenCV's on 8 bits, and for more classes against scikit-image's.

Both sides give the threshold and the mask. Ten photos must have OpenCV's threshold, and scikit-image's.
"""

import cv2
from skimage import filters

from seglearn import images, regions
from seglearn.race import race

PHOTOS = ("coffee", "astronaut", "chelsea", "rocket", "motorcycle", "china", "flower", "camera", "coins", "moon")


def rows():
    """Yield (name, agreement, Race)."""
    cv2.setNumThreads(1)
    photos = [images.grey(images.load(name)) for name in PHOTOS]
    same = sum(regions.threshold_otsu(p) == _opencv(p)[0] == filters.threshold_otsu(p) for p in photos)
    camera = images.load("camera")
    result = race(lambda: _often(_ours, camera), lambda: _often(_opencv, camera), rounds=15)
    yield "threshold_otsu, 100 x camera / OpenCV", f"{same} of {len(photos)} thresholds equal", result
    for n_classes in (3, 4):
        ours, theirs = regions.threshold_multi_otsu(camera, n_classes), filters.threshold_multiotsu(camera, n_classes)
        agreement = f"{sum(ours == theirs)} of {len(ours)} thresholds equal"
        yield f"threshold_multi_otsu, {n_classes} classes / scikit-image", agreement, _race_multi(camera, n_classes)


def _often(method, photo):
    for _ in range(100):
        method(photo)


def _ours(photo):
    return regions.threshold_fixed(photo, regions.threshold_otsu(photo))


def _opencv(photo):
    return cv2.threshold(photo, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)


def _race_multi(photo, n_classes):
    return race(
        lambda: regions.threshold_multi_otsu(photo, n_classes), lambda: filters.threshold_multiotsu(photo, n_classes)
    )


if __name__ == "__main__":
    for name, agreement, result in rows():
        print(f"{name}: {agreement}; {result}")
