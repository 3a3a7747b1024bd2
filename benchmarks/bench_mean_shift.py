"""Mean shift against scikit-learn (modes of points) and OpenCV (filter of a photo)."""

import cv2
import numpy as np
from sklearn.cluster import MeanShift

from seglearn import images
from seglearn.clustering.mean_shift import mean_shift
from seglearn.clustering.mean_shift_segmentation import mean_shift_filter
from seglearn.race import race


def opencv(picture, radii):
    return cv2.pyrMeanShiftFiltering(picture, *radii, maxLevel=0)  # no pyramid: every pixel of the picture itself


def rows():
    """Yield (name, agreement, Race)."""
    rng = np.random.default_rng(0)
    blobs = 4 * rng.normal(size=(5, 2))[rng.integers(5, size=200)] + rng.normal(size=(200, 2))
    colors = images.load("coffee")[::30, ::40].reshape(-1, 3)
    for name, points, bandwidth in (("200 points in 2-D", blobs, 2.0), (f"{len(colors)} colours", colors, 30.0)):
        ours, theirs = mean_shift(points, bandwidth), MeanShift(bandwidth=bandwidth).fit(points)
        off = np.abs(ours.modes - theirs.cluster_centers_).max()
        same = 100 * (ours.labels == theirs.labels_).mean()
        yield (
            f"mean_shift, {name} / scikit-learn",
            f"{len(ours.modes)} modes, largest difference {off:.0e}; {same:.1f} % of the labels (basin, nearest mode)",
            race(
                lambda p=points, h=bandwidth: mean_shift(p, h),
                lambda p=points, h=bandwidth: MeanShift(bandwidth=h).fit(p),
                rounds=3,
            ),
        )

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    for name, radii in (("astronaut", (5, 12)), ("coffee", (10, 20)), ("chelsea", (16, 40))):
        picture = images.load(name)
        different = (mean_shift_filter(picture, *radii) != opencv(picture, radii)).any(axis=2).sum()
        yield (
            f"mean_shift_filter, {name}, radii {radii[0]} and {radii[1]} / OpenCV",
            f"{different} of {picture.shape[0] * picture.shape[1]} pixels differ",
            race(
                lambda p=picture, r=radii: mean_shift_filter(p, *r),
                lambda p=picture, r=radii: opencv(p, r),
                rounds=3,
            ),
        )
    cv2.setNumThreads(threads)


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="; ")
