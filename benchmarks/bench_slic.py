"""Chapter 4.2.4: SLIC against scikit-image, ten iterations each and equally many superpixels in the end."""

from skimage import segmentation

from seglearn import images
from seglearn.clustering.slic import slic
from seglearn.metrics import boundary_recall, undersegmentation_error
from seglearn.race import race


def rows():
    """Yield (name, agreement, Race); the agreement tells how well both fit what a person drew."""
    for name, asked in (("astronaut", 250), ("astronaut", 2000), ("coffee", 250), ("motorcycle", 250), ("coins", 250)):
        yield _row(name, asked)
    yield _row("coffee", 250, adaptive=True)


def _row(name, asked, adaptive=False):
    photo, truth = images.load(name), images.ground_truth(name).labels
    # In grey, scikit-image weighs intensities of 0 to 1 where we weigh L of 0 to 100.
    grey = {"channel_axis": None, "compactness": 0.1} if photo.ndim == 2 else {}

    def theirs():
        return segmentation.slic(photo, asked, start_label=0, slic_zero=adaptive, **grey)

    reference = theirs()
    n_segments = int(reference.max()) + 1

    def ours():
        return slic(photo, n_segments, adaptive=adaptive)

    pair = ours(), reference
    agreement = f"{n_segments} superpixels each" + "".join(
        f"; {short} {score(pair[0], truth):.3f}, theirs {score(pair[1], truth):.3f}"
        for short, score in (("boundary recall", boundary_recall), ("undersegmentation", undersegmentation_error))
    )
    return f"slic{', adaptive' * adaptive}, {name} / scikit-image", agreement, race(ours, theirs, rounds=7)


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
