"""Normalized cut against SciPy's eigensolver on the same graphs, and the minimum cut against networkx."""

import networkx
import numpy as np
from scipy.sparse.linalg import eigsh
from sklearn.metrics import adjusted_rand_score

from seglearn import images
from seglearn.graphs import global_min_cut, normalized_cut, pixel_graph, segment_normalized_cut
from seglearn.graphs.spectrum import decompose
from seglearn.race import race


def square(name, side=160):
    photo = images.reduced(images.load(name), 2 * side)
    return photo[:side, :side]


def rows():
    """Yield (name, agreement, Race); theirs gets the Laplacian, ours makes it from the affinities."""
    for name, radius in (("coffee", 1), ("astronaut", 1), ("camera", 1), ("coffee", 3), ("coffee", 5)):
        affinity = pixel_graph(square(name), sigma_color=0.1, sigma_position=4.0, radius=radius)
        laplacian = decompose(affinity, 1, np.random.default_rng(0))[0]

        def ours(affinity=affinity):
            return decompose(affinity, 2, np.random.default_rng(0))

        def theirs(laplacian=laplacian):
            return eigsh(laplacian, 2, sigma=-1e-6, tol=1e-6)

        _, _, values, vectors = ours()
        residual = np.abs(laplacian @ vectors - vectors * values).max()
        second = np.sort(theirs()[0])[1]
        yield (
            f"normalized_cut, second eigenvector, {name} 160 x 160, radius {radius} / SciPy eigsh, shift-invert",
            f"lambda {values[1]:.3e}, SciPy {second:.3e}; residual {residual:.0e}",
            race(ours, theirs, rounds=5 if radius == 1 else 1),
        )
        if name == "camera":
            plain = eigsh(laplacian, 2, which="SM", tol=1e-6)[0]
            yield (
                f"normalized_cut, second eigenvector, {name} 160 x 160, radius {radius} / SciPy eigsh",
                f"lambda {values[1]:.3e}, SciPy {plain.max():.3e}",
                race(ours, lambda m=laplacian: eigsh(m, 2, which="SM", tol=1e-6), rounds=1),
            )

    photo = images.reduced(images.load("coffee"), 128)
    affinity = pixel_graph(photo, sigma_color=0.1, sigma_position=4.0, radius=3)

    def by_pixels():
        return normalized_cut(affinity, 2).labels

    def by_superpixels():
        return segment_normalized_cut(photo, 2, n_superpixels=300).ravel()

    agreement = adjusted_rand_score(by_pixels(), by_superpixels())
    yield (
        "two segments of a photo 128 pixels wide by 300 superpixels, against all pixels (both ours)",
        f"ARI {agreement:.2f}",
        race(by_superpixels, by_pixels, rounds=3),
    )

    points = np.random.default_rng(0).random((120, 2))
    dense = np.exp(-((points[:, None] - points) ** 2).sum(axis=2) / 0.02) * (1 - np.eye(120))
    graph = networkx.from_numpy_array(dense)
    values = global_min_cut(dense).value, networkx.stoer_wagner(graph)[0]
    yield (
        "global_min_cut, 120 points, all linked / networkx",
        "cut {:.6f}, networkx {:.6f}".format(*values),
        race(lambda: global_min_cut(dense), lambda: networkx.stoer_wagner(graph), rounds=3),
    )


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
