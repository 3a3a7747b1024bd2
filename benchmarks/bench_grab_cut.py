"""GrabCut against OpenCV, five iterations each, on ten photographs with a rectangle 8 pixels around the object."""

import cv2
import numpy as np

from seglearn import images
from seglearn.experiments.graphs import OBJECTS, object_of, overlap, rectangle_around
from seglearn.graphs import grab_cut
from seglearn.race import race


def rows():
    """Yield (name, agreement, Race) for each photograph, and their mean IoU with the last."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    scores = []
    for name in OBJECTS:
        photo = images.load(name)
        wanted, decided = object_of(name)
        rectangle = rectangle_around(wanted)
        pair = [overlap(mask, wanted, decided) for mask in (grab_cut(photo, rectangle), reference(photo, rectangle))]
        scores.append(pair)
        agreement = "IoU {:.3f}, theirs {:.3f}".format(*pair)
        if len(scores) == len(OBJECTS):
            agreement += "; mean of all {:.3f}, theirs {:.3f}".format(*np.mean(scores, axis=0))
        yield (
            f"grab_cut, {name} {photo.shape[1]} x {photo.shape[0]} / OpenCV",
            agreement,
            race(lambda p=photo, r=rectangle: grab_cut(p, r), lambda p=photo, r=rectangle: reference(p, r), rounds=3),
        )
    cv2.setNumThreads(threads)


def reference(photo, rectangle):
    color = np.ascontiguousarray(photo if photo.ndim == 3 else np.dstack([photo] * 3))
    top, left, bottom, right = rectangle
    marked, models = np.zeros(color.shape[:2], np.uint8), (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.setRNGSeed(0)
    cv2.grabCut(color, marked, (left, top, right - left, bottom - top), *models, 5, cv2.GC_INIT_WITH_RECT)
    return (marked & 1).astype(bool)


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
