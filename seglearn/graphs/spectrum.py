"""The slowest vibrations of a graph: the smallest eigenvalues of its normalised Laplacian, in a basis fixed by rule."""

from functools import partial

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu
from threadpoolctl import threadpool_limits

from seglearn import checks

CUT = 1e-10  # parts of a graph whose links to the rest are this small a part of all theirs are taken as apart
TIE = 1e-9  # eigenvalues no farther apart than this are taken as equal
EVEN = 1e-6  # entries of eigenvectors that differ by this part are taken as equally large
SPARE = 1  # eigenvectors computed beyond those asked for: they show whether the last one asked for has an equal
SHIFT, LEAST_SHIFT = 1e-6, 1e-13  # L itself cannot be inverted; below the second, L + shift is L to working precision
TOLERANCE, FINE, FEW = 1e-6, 1e-12, 5000  # of an eigenvector: |A z - theta z| / theta; the second up to so many nodes
STEPS = 12  # blocks of one round of Lanczos
ROUNDS = 10
SMALL = 2000  # nodes up to which all else may be left to a dense solver: some seconds


def decompose(affinity, n_vectors, rng):
    """Return the normalised Laplacian, D^1/2, the smallest eigenvalues and their eigenvectors, always the same ones.

    L = I - D^-1/2 W D^-1/2,  L z = lambda z,  |z| = 1

    Parameters
    ----------
    affinity : (N, N) W, symmetric, not negative; an array, or a `csr_array`.
    n_vectors : int from 1 to N, the lecture's K.
    rng : `numpy.random.Generator` for the start of the iteration; the answer depends on it by some 1e-8.

    Returns
    -------
    L as W is, roots (N,) (1 for a node without links), eigenvalues (K,) from 0 to 2, eigenvectors (N, K).

    A graph in pieces has one eigenvalue 0 for each; a node without links is a piece. Parts that hang on the rest by
    less than 1e-10 of their links are pieces too: to working precision they cannot be told from them. Of more pieces
    than K the largest stand alone and the rest share the last vector. Where eigenvalues coincide, any turned basis
    would do as well: see `steady_basis`.

    Raises
    ------
    numpy.linalg.LinAlgError : the bound of the iteration was reached.

    Source: Y. Saad, "Numerical Methods for Large Eigenvalue Problems" (2nd ed., 2011), sections 6.4 (block Lanczos)
    and 8.1 (shift and invert). Lecture 4.2.2 and 4.5.1.
    """
    degrees = affinity.sum(axis=1)
    roots = np.sqrt(np.where(degrees > 0, degrees, 1.0))
    ones = (degrees > 0).astype(float)  # a node without links keeps L_ii = 0: a component like any other
    if sparse.issparse(affinity):
        laplacian = (sparse.diags_array(ones) - scaled(affinity, 1 / roots)).tocsr()
    else:
        laplacian = np.diag(ones) - affinity / roots / roots[:, None]

    component = _pieces(affinity, degrees)
    n_known = min(component.max() + 1, n_vectors)
    known = _indicators(component, roots, n_known)
    values, vectors = np.zeros(n_known), known
    if n_known < n_vectors:
        with threadpool_limits(1, "blas"):  # its matrices are slim: threads would mostly wait for each other
            more, others = _smallest(laplacian, known, roots, n_vectors - n_known, rng)
        values, vectors = np.r_[values, np.clip(more, 0, 2)], np.hstack([known, others])
        vectors = steady_basis(values, vectors)
    return laplacian, roots, values[:n_vectors], vectors[:, :n_vectors]


def scaled(affinity, factors):
    """Return the links of a `csr_array` times the factors of both their ends."""
    data = np.repeat(factors, np.diff(affinity.indptr)) * affinity.data * factors[affinity.indices]
    return sparse.csr_array((data, affinity.indices, affinity.indptr), shape=affinity.shape)


def ncut(affinity, labels):
    """Return Ncut = sum_k cut(A_k, V - A_k) / assoc(A_k, V), of a `csr_array` and labels from 0."""
    owners = np.repeat(labels, np.diff(affinity.indptr))
    cut = np.bincount(owners, affinity.data * (owners != labels[affinity.indices]))
    total = np.bincount(owners, affinity.data)
    return float((cut[total > 0] / total[total > 0]).sum())


def steady_basis(values, vectors):
    """Return the vectors (N, K), turned among those of equal (ascending) `values` to a basis that a rule fixes.

    The rule: of the rows of a group take the longest, then the longest of what is left across it, and so on, the first
    of equal ones; turn the group so that these rows form a symmetric positive matrix. So each vector is largest, and
    positive, at one of these nodes and small at the others: for clusters that lie apart, one vector a cluster. A vector
    without an equal gets its sign. The order is that of the nodes.

    Source: A. Damle and V. Minden and L. Ying, "Simple, direct and efficient multi-way spectral clustering",
    Information and Inference 8 (2019) 181-203, section 3 (pivots and polar factor).
    """
    turned = np.empty_like(vectors)
    for group in np.split(np.arange(len(values)), np.flatnonzero(np.diff(values) > TIE) + 1):
        rest, pivots = vectors[:, group].copy(), []
        for _ in group:
            lengths = np.linalg.norm(rest, axis=1)
            pivots.append(int(np.argmax(lengths >= (1 - EVEN) * lengths.max())))
            direction = rest[pivots[-1]] / lengths[pivots[-1]]
            rest -= np.outer(rest @ direction, direction)
        left, _, right = np.linalg.svd(vectors[np.ix_(sorted(pivots), group)])
        turned[:, group] = vectors[:, group] @ (left @ right).T
    return turned


def steady_rows(rows):
    """Return the rows with what lies below 2^-30 of the largest number rounded away: there chance begins.

    Numbers that ought to be equal are, their sums are exact, and what follows breaks ties by its rule.
    """
    unit = np.exp2(np.ceil(np.log2(max(np.abs(rows).max(), np.finfo(float).tiny))) - 30)
    return np.rint(rows / unit) * unit


def _pieces(affinity, degrees):
    """Number the components of the graph without links that are next to nothing for both their ends."""
    links = sparse.coo_array(affinity)
    least = np.minimum(degrees[links.row], degrees[links.col])
    most = np.bincount(links.row, minlength=1).max(initial=1)  # links of one node: all that are cut weigh below CUT
    heavy = links.data > CUT / most * least
    kept = sparse.coo_array((heavy[heavy], (links.row[heavy], links.col[heavy])), shape=links.shape)
    return connected_components(kept, directed=False)[1]


def _indicators(component, roots, n_vectors):
    """Any union of components is an eigenvector D^1/2 1 with eigenvalue 0: the largest alone, the rest as one."""
    rank = np.empty(component.max() + 1, int)
    rank[np.argsort(-np.bincount(component), kind="stable")] = np.arange(len(rank))
    vectors = np.zeros((len(component), n_vectors))
    vectors[np.arange(len(component)), np.minimum(rank[component], n_vectors - 1)] = roots
    return vectors / np.linalg.norm(vectors, axis=0)


def _smallest(laplacian, known, roots, n_wanted, rng):
    """Return the smallest eigenvalues and vectors across the `known` ones, SPARE more than are wanted if there are."""
    n_nodes, n_known = known.shape
    block = n_wanted + SPARE
    if n_known + 4 * block > n_nodes:
        return _dense(laplacian, known, block)

    # Each node's entries are of the size of its root, from the start on: tiny ones keep all their digits.
    vectors, shift = roots[:, None] * rng.standard_normal((n_nodes, block)), None
    wish = SHIFT
    for _ in range(ROUNDS):
        if shift is None or not shift / 2 <= wish <= 1000 * shift:
            shift, solve = wish, _inverse(laplacian, wish)
        values, vectors, found = _lanczos(solve, known, vectors, n_wanted, shift)
        if found:
            return values, vectors
        wish = max(values[n_wanted - 1], LEAST_SHIFT)  # of one size with the eigenvalues: there they lie far apart
    if n_nodes <= SMALL:  # as where a wide sigma crowds all further eigenvalues at 1
        return _dense(laplacian, known, block)
    checks.fail(
        "affinity", f"a graph whose {n_wanted + n_known} smallest eigenvalues are found in {ROUNDS * STEPS} steps",
        "one on which the iteration stalls", np.linalg.LinAlgError,
    )  # fmt: skip


def _dense(laplacian, known, block):
    whole = laplacian.toarray() if sparse.issparse(laplacian) else laplacian
    last = min(block, len(known) - known.shape[1]) - 1
    return linalg.eigh(whole + 3 * known @ known.T, subset_by_index=(0, last))  # the known ones move from 0 to 3


def _inverse(laplacian, shift):
    """Return the function x -> (L + shift)^-1 x."""
    n_nodes = len(laplacian) if isinstance(laplacian, np.ndarray) else laplacian.shape[0]
    if sparse.issparse(laplacian):
        shifted = (laplacian + shift * sparse.eye_array(n_nodes)).tocsc()
        options = {"diag_pivot_thresh": 0, "options": {"SymmetricMode": True}, "panel_size": 4}
        return splu(shifted, permc_spec="MMD_AT_PLUS_A", **options).solve
    return partial(linalg.cho_solve, linalg.cho_factor(laplacian + shift * np.eye(n_nodes)))


def _lanczos(solve, known, start, n_wanted, shift):
    """One round of block Lanczos on A = (L + shift)^-1 across the `known` vectors: values and vectors of L, found?

    A block finds as many equal eigenvalues as it is wide. All vectors are kept orthogonal; Gram matrices do it, which
    only mix columns, so that small rows keep their digits.
    """
    n_known, block = known.shape[1], start.shape[1]
    tolerance = FINE if len(start) <= FEW else TOLERANCE
    basis = np.empty((len(start), n_known + block * STEPS), order="F")
    projected = np.zeros((basis.shape[1],) * 2)
    basis[:, :n_known] = known
    fresh, _, _ = _orthonormal(start, known)
    begin = n_known
    for step in range(1, STEPS + 1):
        end = begin + fresh.shape[1]
        basis[:, begin:end] = fresh
        fresh, coupling, projected[:end, begin:end] = _orthonormal(solve(fresh), basis[:, :end])
        theta, mixed = linalg.eigh(projected[n_known:end, n_known:end], lower=False)
        theta, mixed = theta[::-1][:block], mixed[:, ::-1][:, :block]
        values = 1 / theta - shift
        errors = np.linalg.norm(coupling @ mixed[begin - n_known :], axis=0) / theta
        n_close = n_wanted  # an equal of the last one must be known as well
        while n_close < len(values) and values[n_close] - values[n_close - 1] <= TIE + 1e-3 * values[n_close]:
            n_close += 1
        apart = np.diff(values, prepend=-np.inf, append=np.inf)
        apart[apart <= TIE] = np.inf  # these are turned by a rule
        gaps = np.minimum(apart[:-1], apart[1:]) * theta  # what an error is to be measured against: sin <= error / gap
        allowed = np.maximum(tolerance * np.minimum(10 * gaps, 1), 1e-14 * theta)
        found = fresh.shape[1] == 0 or (errors <= allowed)[:n_close].all()
        if found or step == STEPS:
            return values, basis[:, n_known:end] @ mixed, found
        begin = end


def _orthonormal(vectors, basis):
    """Return Q, R, H with Q R + basis H = vectors, Q orthonormal and across `basis`; dependent columns are dropped.

    Source: A. Stathopoulos and K. Wu, SIAM J. Scientific Computing 23 (2002) 2165-2182, algorithm SVQB.
    """
    width = vectors.shape[1]
    product, parts = np.eye(width), np.zeros((basis.shape[1], width))
    for first in (max(0, basis.shape[1] - 2 * width), 0):  # Lanczos: but for rounding the last two blocks are enough
        part = basis[:, first:].T @ vectors
        vectors = vectors - basis[:, first:] @ part
        parts[first:] += part @ product
        squares, turn = np.linalg.eigh(vectors.T @ vectors)
        kept = squares > 1e-20 * squares.max(initial=np.finfo(float).tiny)
        lengths, turn = np.sqrt(squares[kept]), turn[:, kept]
        vectors = vectors @ (turn / lengths)
        product = (lengths[:, None] * turn.T) @ product
    return vectors, product, parts
