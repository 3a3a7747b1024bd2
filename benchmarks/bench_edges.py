"""Chapter 4.3: every operator against scikit-image, SciPy or NumPy, and against OpenCV, on an 8-bit photo of 512 x 512.

"float64" and "float32" say what OpenCV computes in: float64 gives our answer, float32 seven digits of it. OpenCV's
scale (whole-number masks, no division by 255, no sqrt(2)) is left to it: its answer is multiplied once, outside the
race, before the two are compared, at every pixel.
"""

import cv2
import numpy as np
from scipy import ndimage
from skimage import filters

from seglearn import edges, images
from seglearn.race import race

SMOOTH = {"gradient": (0, 1, 0), "prewitt": (1, 1, 1), "sobel": (1, 2, 1)}
DIAGONALS = np.array([[[0, 0, 0], [0, -1, 0], [0, 0, 1]], [[0, 0, 0], [0, 0, -1], [0, 1, 0]]], float)
KIRSCH = np.zeros((8, 3, 3))
KIRSCH[:, [1, 2, 2, 2, 1, 0, 0, 0], [2, 2, 1, 0, 0, 0, 1, 2]] = [
    np.roll([5, 5, -3, -3, -3, -3, -3, 5], k) for k in range(8)
]


def rows():
    """Yield (name, agreement, Race) for every operator."""
    cv2.setNumThreads(1)
    photo = images.load("camera")
    for name, ours, theirs, scale in (*_references(), *_opencv(cv2.CV_64F, "float64"), *_opencv(cv2.CV_32F, "float32")):
        worst = np.abs(ours(photo) - scale * theirs(photo).astype(np.float64)).max()
        result = race(lambda o=ours: o(photo), lambda t=theirs: t(photo), rounds=7)
        yield name, f"differs by {worst:.0e} at most", result


def _references():
    for name in ("roberts", "prewitt", "sobel", "laplace"):
        yield f"{name} / scikit-image", getattr(edges, name), getattr(filters, name), 1
    yield "gradient / numpy.gradient of the padded photo", edges.gradient, _numpy_gradient, np.sqrt(2)
    yield "kirsch / scipy.ndimage.correlate x 8", edges.kirsch, _scipy_kirsch, 1 / (15 * 255)
    for sigma in (1, 2, 5):
        name = f"laplacian_of_gaussian, sigma {sigma} / scipy.ndimage.gaussian_laplace"
        yield name, _log(sigma), lambda f, s=sigma: ndimage.gaussian_laplace(f / 255, s), 1
    yield "high_pass, Butterworth / scikit-image", _butterworth, lambda f: filters.butterworth(f / 255, 0.1, npad=0), 1


def _opencv(depth, precision):
    same = {"borderType": cv2.BORDER_REFLECT}

    def sobel(photo):
        return cv2.magnitude(cv2.Sobel(photo, depth, 1, 0, **same), cv2.Sobel(photo, depth, 0, 1, **same))

    def separable(smooth):
        smooth, central = np.array(smooth, float), np.array([-1.0, 0, 1])
        return lambda photo: cv2.magnitude(
            cv2.sepFilter2D(photo, depth, central, smooth, **same),
            cv2.sepFilter2D(photo, depth, smooth, central, **same),
        )

    def roberts(photo):
        return cv2.magnitude(*(cv2.filter2D(photo, depth, mask, **same) for mask in DIAGONALS))

    def kirsch(photo):
        best = cv2.filter2D(photo, depth, KIRSCH[0], **same)
        for mask in KIRSCH[1:]:
            cv2.max(best, cv2.filter2D(photo, depth, mask, **same), best)
        return best

    def laplacian_of_gaussian(photo):
        smooth, second = _weights(2)
        return cv2.sepFilter2D(photo, depth, second, smooth, **same) + cv2.sepFilter2D(
            photo, depth, smooth, second, **same
        )

    yield f"sobel / OpenCV, Sobel x 2 and magnitude, {precision}", edges.sobel, sobel, 1 / (4 * 255 * np.sqrt(2))
    for name in ("gradient", "prewitt"):
        scale = 1 / (sum(SMOOTH[name]) * 255 * np.sqrt(2))
        title = f"{name} / OpenCV, sepFilter2D x 2 and magnitude, {precision}"
        yield title, getattr(edges, name), separable(SMOOTH[name]), scale
    title = f"roberts / OpenCV, filter2D x 2 and magnitude, {precision}"
    yield title, edges.roberts, roberts, 1 / (255 * np.sqrt(2))
    yield f"kirsch / OpenCV, filter2D x 8 and maximum, {precision}", edges.kirsch, kirsch, 1 / (15 * 255)
    laplace = lambda photo: cv2.Laplacian(photo, depth, **same)  # noqa: E731
    yield f"laplace / OpenCV, Laplacian, {precision}", edges.laplace, laplace, -1 / 255
    title = f"laplacian_of_gaussian, sigma 2 / OpenCV, sepFilter2D x 2, {precision}"
    yield title, _log(2), laplacian_of_gaussian, 1 / 255


def _log(sigma):
    return lambda photo: edges.laplacian_of_gaussian(photo, sigma)


def _butterworth(photo):
    return edges.high_pass(photo, 0.1, shape="butterworth")


def _numpy_gradient(photo):
    down, right = np.gradient(np.pad(photo / 255, 1, mode="edge"))
    return np.hypot(down[1:-1, 1:-1], right[1:-1, 1:-1])


def _scipy_kirsch(photo):
    photo = photo.astype(float)
    return np.max([ndimage.correlate(photo, mask) for mask in KIRSCH], axis=0)


def _weights(sigma):
    """The one-dimensional Gaussian and its second derivative, as in `laplacian_of_gaussian`."""
    x = np.arange(-int(4 * sigma + 0.5), int(4 * sigma + 0.5) + 1)
    smooth = np.exp(-0.5 * (x / sigma) ** 2)
    smooth /= smooth.sum()
    second = (x**2 / sigma**2 - 1) / sigma**2 * smooth
    return smooth, second - second.sum() * smooth


if __name__ == "__main__":
    for name, agreement, result in rows():
        print(f"{name:75s} {agreement:28s} {result}")
