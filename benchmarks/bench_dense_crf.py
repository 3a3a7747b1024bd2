"""The dense CRF against pydensecrf2: ten iterations on 320 x 240 pixels, the lattices' making included.

pydensecrf2 is needed here alone: `pip install pydensecrf2`.
"""

import numpy as np
from scipy import ndimage
from skimage.transform import resize

from seglearn import images
from seglearn.networks import dense_crf, dense_crf_steps
from seglearn.race import race


def rows():
    """Yield (name, agreement, Race) for pictures and numbers of labels."""
    try:
        from pydensecrf.densecrf import DenseCRF2D
    except ImportError:
        yield "dense_crf / pydensecrf2", "pydensecrf2 is not installed", "-"
        return
    for photo, n_labels in (("coffee", 21), ("china", 21), ("chelsea", 7), ("rocket", 2)):
        image = (255 * resize(images.load(photo), (240, 320), anti_aliasing=True)).astype(np.uint8)
        unary = _smooth(n_labels)

        def theirs(image=image, unary=unary, n_labels=n_labels):
            crf = DenseCRF2D(320, 240, n_labels)
            crf.setUnaryEnergy(-np.log(unary).reshape(n_labels, -1))
            crf.addPairwiseBilateral(sxy=60, srgb=10, rgbim=image, compat=10)
            crf.addPairwiseGaussian(sxy=3, compat=3)
            return np.array(crf.inference(10)).reshape(unary.shape)

        *_, end = dense_crf_steps(unary, image)
        agreement = f"probabilities differ by {np.abs(end.probabilities - theirs()).max():.0e} at most"
        ours = lambda image=image, unary=unary: dense_crf(unary, image)  # noqa: E731
        yield f"dense_crf, {photo}, K = {n_labels} / pydensecrf2", agreement, race(ours, theirs, rounds=9)


def _smooth(n_labels):
    """Random probabilities (K, 240, 320), smooth as those of a network are."""
    scores = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal((n_labels, 240, 320)), (0, 6, 6))
    exponentials = np.exp(3 * scores / scores.std())
    return (exponentials / exponentials.sum(axis=0)).astype(np.float32)


if __name__ == "__main__":
    for name, agreement, result in rows():
        print(f"{name:50s} {agreement:44s} {result}")
