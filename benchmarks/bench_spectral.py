"""Spectral clustering against scikit-learn: points, and the pixels of photos on the very same graph."""

import numpy as np
from skimage.transform import resize
from sklearn.cluster import SpectralClustering
from sklearn.cluster import spectral_clustering as reference
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score

from seglearn import images, shapes
from seglearn.clustering import segment_spectral, segment_spectral_stages, spectral_stages
from seglearn.graphs import ncut_value
from seglearn.race import race


def small_photo(name, width=128):
    photo = images.load(name)
    return resize(photo, (round(photo.shape[0] * width / photo.shape[1]), width), anti_aliasing=True)


def rows():
    """Yield (name, agreement, Race); theirs gets the finished graph of the pixels, ours builds it from the photo."""
    digits, digit = load_digits(return_X_y=True)
    sets = [(name, *shapes.SHAPES[name](rng=0), None) for name in ("moons", "rings", "spirals")]
    for name, points, truth, n_neighbors in [*sets, ("1797 digits", digits, digit, 10)]:
        n_clusters = len(np.unique(truth))

        def ours(points=points, n_clusters=n_clusters, n_neighbors=n_neighbors):
            return spectral_stages(points, n_clusters, n_neighbors=n_neighbors, rng=0)

        settings = {"affinity": "nearest_neighbors", "n_neighbors": n_neighbors or 10}
        if n_neighbors is None:
            settings = {"gamma": 0.5 / ours().sigma ** 2}
        model = SpectralClustering(n_clusters, eigen_solver="arpack", random_state=0, **settings)
        found = (adjusted_rand_score(truth, labels) for labels in (ours().labels, model.fit(points).labels_))
        agreement = "ARI with the truth {:.3f}, scikit-learn {:.3f}".format(*found)
        yield (
            f"spectral_clustering, {name} / scikit-learn",
            agreement,
            race(ours, lambda m=model, p=points: m.fit(p), rounds=3),
        )

    for name, n_segments, radius in (
        ("astronaut", 4, 1),
        ("coffee", 4, 1),
        ("camera", 8, 1),
        ("chelsea", 8, 1),
        ("coffee", 4, 3),
        ("camera", 4, 3),
    ):
        photo = small_photo(name)
        stages = segment_spectral_stages(photo, n_segments, radius=radius, rng=0)

        def theirs(graph=stages.affinity, n_segments=n_segments):
            return reference(graph, n_clusters=n_segments, eigen_solver="arpack", random_state=0)

        cuts = (ncut_value(stages.affinity, labels) for labels in (stages.labels.ravel(), theirs()))
        yield (
            f"segment_spectral, {name} 128 wide, radius {radius}, {n_segments} segments / scikit-learn",
            "Ncut {:.5f}, scikit-learn {:.5f} on the same graph".format(*cuts),
            race(lambda p=photo, k=n_segments, r=radius: segment_spectral(p, k, radius=r, rng=0), theirs, rounds=3),
        )


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
