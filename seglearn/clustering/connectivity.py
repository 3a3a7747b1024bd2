"""Connectivity: from a label map whose labels lie in pieces to one in which every label hangs together."""

import numpy as np
from numba import njit

from seglearn import checks


def enforce_connectivity(labels, min_size, n_segments=None) -> np.ndarray:
    """Make every label one 4-connected piece, of at least `min_size` pixels, and at most `n_segments` of them.

    A piece is a largest set of pixels of one label that hang together by their sides. Each large piece becomes a
    label of its own; each small one joins the large neighbour with which it shares the longest border.

    Parameters
    ----------
    labels : (H, W) integers from 0.
    min_size : int of at least 1, in pixels; if no piece is as large, the largest ones stay.
    n_segments : int of at least 1: of the large pieces only so many count, the largest; None takes them all.

    Returns
    -------
    labels (H, W) int32 from 0, in reading order of the large pieces.

    Raises
    ------
    ValueError, TypeError : no label map, `min_size` or `n_segments` below 1.

    Source: R. Achanta et al., IEEE TPAMI 34 (2012), section 3 (post-processing). Lecture 4.2.4, figure 4.2-f.
    """
    labels = checks.labels(labels)
    min_size = checks.integer(min_size, "min_size", 1)
    framed = np.pad(labels, 1, constant_values=-1)  # so that every pixel has four neighbours
    piece = np.full(framed.size, -1, dtype=np.int32)
    order = np.empty(labels.size, dtype=np.int32)  # the pixels, piece by piece
    starts = np.append(np.flatnonzero(_pieces(framed.ravel(), framed.shape[1], piece, order)), labels.size)
    sizes = np.diff(starts)
    large = sizes >= min(min_size, sizes.max())
    if n_segments is not None:
        large[np.argsort(-sizes, kind="stable")[checks.integer(n_segments, "n_segments", 1) :]] = False
    owner = np.where(large, np.cumsum(large) - 1, -1).astype(np.int32)
    contacts = np.zeros(large.sum(), dtype=np.int32)
    while (owner < 0).any():  # a piece among small ones waits until one of them has joined
        _join(piece, framed.shape[1], order, starts, owner, contacts)
    return owner[piece.reshape(framed.shape)[1:-1, 1:-1]]


@njit(cache=True)
def _pieces(labels, width, piece, order):
    """Flood the 4-connected pieces one after the other, number them, and mark where each begins in `order`."""
    begins = np.zeros(len(order), dtype=np.bool_)
    n_pieces = end = 0
    for start in range(len(labels)):
        if labels[start] < 0 or piece[start] >= 0:
            continue
        begins[end] = True
        piece[start], order[end] = n_pieces, start
        head, end = end, end + 1
        while head < end:
            pixel = order[head]
            head += 1
            for i in (pixel - width, pixel - 1, pixel + 1, pixel + width):
                if piece[i] < 0 and labels[i] == labels[pixel]:
                    piece[i], order[end] = n_pieces, i
                    end += 1
        n_pieces += 1
    return begins


@njit(cache=True)
def _join(piece, width, order, starts, owner, contacts):
    """Give each piece without an owner that of the neighbour which it touches most; `contacts` comes and ends as 0."""
    for p in range(len(owner)):
        if owner[p] >= 0:
            continue
        most, best = 0, -1
        for sign in (1, -1):  # count, then wipe the counts away
            for pixel in order[starts[p] : starts[p + 1]]:
                for i in (pixel - width, pixel - 1, pixel + 1, pixel + width):
                    if piece[i] >= 0 and owner[piece[i]] >= 0:
                        k = owner[piece[i]]
                        contacts[k] += sign
                        if contacts[k] > most:
                            most, best = contacts[k], k
        owner[p] = best
