"""The graph of a picture: its pixels as nodes, linked to the pixels around them by how alike they are."""

import numpy as np
from numba import njit
from scipy import sparse

from seglearn import checks

MOST_LINKS = 2**28  # of a graph, 3 GB
SYMMETRY = 1e-9  # by this part of the heaviest link W_ij and W_ji may differ


def pixel_graph(image, *, sigma_color, sigma_position=None, radius=1) -> sparse.csr_array:
    """Return the affinities between the pixels of a picture.

    W_ij = exp(-|c_i - c_j|^2 / 2 sigma_color^2 - |p_i - p_j|^2 / 2 sigma_position^2)  where |p_i - p_j| <= radius

    Parameters
    ----------
    image : (H, W) or (H, W, 3), uint8 or float in [0, 1].
    sigma_color : number above 0, the colour distance (RGB in [0, 1]) at which affinity fades.
    sigma_position : number above 0, in pixels, the same for the distance p between two pixels; None lets near and far
        neighbours weigh alike.
    radius : number of at least 1, in pixels; pixels farther apart are not linked. 1 is the grid of 4 neighbours, 1.5
        that of 8.

    Returns
    -------
    (H W, H W) `csr_array`, symmetric, pixels in row-major order, its diagonal empty. Weights that underflow (colour
    distances above some 38 sigma_color) are no links.

    >>> from seglearn.graphs import pixel_graph
    >>> pixel_graph([[0.0, 0.1, 0.9]], sigma_color=0.1).toarray().round(2)
    array([[0.  , 0.61, 0.  ],
           [0.61, 0.  , 0.  ],
           [0.  , 0.  , 0.  ]])

    Raises
    ------
    ValueError, TypeError : not an image, NaN, numbers out of range, more than 2^28 links.

    Source: J. Shi and J. Malik, "Normalized cuts and image segmentation", IEEE TPAMI 22 (2000) 888-905, equation
    11 (their sigma^2 is 2 sigma^2 here). Lecture 4.2.2 and 4.5.1, figures 4-9 and 4-10.
    """
    image = checks.image(image)
    sigma_color = checks.number(sigma_color, "sigma_color", above=0)
    if sigma_position is not None:
        sigma_position = checks.number(sigma_position, "sigma_position", above=0)
    height, width = image.shape[:2]
    radius = min(checks.number(radius, "radius", 1), height + width)
    image = image.reshape(height, width, -1)

    rows, cols = (np.arange(-reach, reach + 1) for reach in (int(min(radius, side - 1)) for side in (height, width)))
    steps = np.stack(np.meshgrid(rows, cols, indexing="ij"), axis=-1).reshape(-1, 2)
    squares = (steps**2).sum(axis=1)
    steps = steps[(squares > 0) & (squares <= radius**2)]
    if height * width * len(steps) > MOST_LINKS:
        checks.fail("radius", f"at most {MOST_LINKS} links", f"{height * width * len(steps)} at a radius of {radius:g}")
    nearness = np.ones(len(steps))
    if sigma_position is not None:
        nearness = np.exp(-0.5 * ((steps / sigma_position) ** 2).sum(axis=1))
    starts = np.zeros(height * width + 1, np.int32)
    neighbors = np.empty(height * width * len(steps), np.int32)
    weights = np.empty(len(neighbors))
    n_links = _link(image / sigma_color, steps, nearness, starts, neighbors, weights)
    return sparse.csr_array((weights[:n_links], neighbors[:n_links], starts), shape=(height * width,) * 2)


def region_graph(image, labels, *, sigma_color, sigma_position=None, radius=1) -> sparse.csr_array:
    """Return the affinities between the regions of a picture: all links between their pixels, summed.

    W_AB = sum_{i in A, j in B} w_ij,  w_ij as in `pixel_graph`

    So the cut between regions weighs what it weighs between their pixels, and Ncut is the same number.

    Parameters
    ----------
    image : (H, W) or (H, W, 3), uint8 or float in [0, 1].
    labels : (H, W) integers, the region of each pixel: superpixels.
    sigma_color, sigma_position, radius : as in `pixel_graph`.

    Returns
    -------
    (R, R) `csr_array`, symmetric; the regions in ascending order of their labels. Its diagonal holds the links inside.

    >>> from seglearn.graphs import region_graph
    >>> region_graph([[0.5, 0.5, 0.5]], [[0, 0, 7]], sigma_color=0.1).toarray()
    array([[2., 1.],
           [1., 0.]])

    Raises
    ------
    ValueError, TypeError : as `pixel_graph`; labels of another shape.

    Source: as `pixel_graph`; sums of links as in I. Dhillon, Y. Guan and B. Kulis, "Weighted Graph Cuts without
    Eigenvectors", IEEE TPAMI 29 (2007), section 5.1. Lecture 4.5.1.
    """
    labels = checks.labels(labels)
    if labels.shape != np.shape(image)[:2]:
        checks.fail("labels", f"the image's shape {np.shape(image)[:2]}", f"shape {labels.shape}")
    pixels = pixel_graph(image, sigma_color=sigma_color, sigma_position=sigma_position, radius=radius)
    _, region = np.unique(labels, return_inverse=True)
    return merged(pixels, region.ravel())


def checked(affinity, n_least=1):
    """Return a graph as a `csr_array` of float64 without empty links: (N, N), symmetric, not negative, finite."""
    if isinstance(affinity, np.ma.MaskedArray):
        checks.fail("affinity", "an array without a mask", "a masked array", TypeError)
    graph = affinity if sparse.issparse(affinity) else np.asarray(affinity)
    if graph.dtype.kind not in "buif":
        checks.fail("affinity", "an array (N, N) of numbers", f"dtype {graph.dtype}", TypeError)
    if graph.ndim != 2 or graph.shape[0] != graph.shape[1] or graph.shape[0] < n_least:
        checks.fail("affinity", f"an array (N, N) of at least {n_least} nodes", f"shape {graph.shape}")
    graph = sparse.csr_array(graph, dtype=np.float64, copy=True)
    graph.sum_duplicates()
    graph.eliminate_zeros()
    if not np.isfinite(graph.data).all():
        checks.fail("affinity", "finite weights", f"{np.count_nonzero(~np.isfinite(graph.data))} that are not")
    if graph.data.min(initial=0) < 0:
        checks.fail("affinity", "weights of at least 0", f"{graph.data.min():g}")
    askew = abs(graph - graph.T).max() if graph.nnz else 0.0
    if askew > SYMMETRY * graph.data.max(initial=0):
        checks.fail("affinity", "a symmetric array", f"W_ij and W_ji that differ by {askew:g}")
    return graph


def merged(affinity, groups):
    """Return the graph (`csr_array`) whose nodes are groups, numbered from 0, of nodes."""
    member = sparse.csr_array((np.ones(len(groups)), groups, np.arange(len(groups) + 1)))
    between = (member.T @ affinity @ member).tocsr()
    between.sort_indices()
    return between


@njit(cache=True)
def _link(image, steps, nearness, starts, neighbors, weights):
    """Write the links of every pixel, row-major, in CSR form; return how many there are."""
    height, width, n_channels = image.shape
    n_links = 0
    for row in range(height):
        for col in range(width):
            for s in range(len(steps)):
                r, c = row + steps[s, 0], col + steps[s, 1]
                if 0 <= r < height and 0 <= c < width:
                    difference = 0.0
                    for channel in range(n_channels):
                        difference += (image[row, col, channel] - image[r, c, channel]) ** 2
                    weight = nearness[s] * np.exp(-0.5 * difference)
                    if weight > 0:
                        neighbors[n_links], weights[n_links] = r * width + c, weight
                        n_links += 1
            starts[row * width + col + 1] = n_links
    return n_links
