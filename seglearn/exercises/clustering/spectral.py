"""Exercises on spectral clustering: the affinities, the normalised Laplacian, the rows of its eigenvectors."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def affinity(points, sigma):
    """W_ij = exp(-|x_i - x_j|^2 / (2 sigma^2)), and 0 on the diagonal (Ng, Jordan and Weiss, step 1)."""
    return _hollow(np.exp(-_squares(points) / (2 * sigma**2)))


def laplacian(affinity):
    """L = I - D^-1/2 W D^-1/2."""
    return np.eye(len(affinity)) - affinity * np.outer(_degrees(affinity) ** -0.5, _degrees(affinity) ** -0.5)


def normalize_rows(embedding):
    """Each row divided by its length; a row of zeros stays (Ng, Jordan and Weiss, step 4)."""
    return _divided(embedding, np.sqrt((embedding**2).sum(axis=1, keepdims=True)))


def _squares(points):
    return ((points[:, None] - points) ** 2).sum(axis=2)


def _hollow(matrix):
    return np.where(np.eye(len(matrix), dtype=bool), 0.0, matrix)


def _degrees(affinity):
    return affinity.sum(axis=1)


def _divided(rows, lengths):
    return rows / np.where(lengths == 0, 1, lengths)


def _points(rng, size):
    return rng.integers(0, 7, (size, rng.integers(2, 4))).astype(float), rng.integers(2, 7) / 2


def _graph(rng, size):
    weights = np.triu(rng.integers(1, 9, (size + 1, size + 1)), 1) / 8  # size + 1 vertices, all joined
    return (weights + weights.T,)


def _embedding(rng, size):
    return (rng.integers(-4, 5, (size, rng.integers(2, 5))).astype(float),)


EXERCISES = (
    Exercise(
        "4.2-spectral-affinity",
        affinity,
        _points,
        special=((np.array([[0.0, 0.0], [1.0, 2.0]]), 2.0), (np.array([[1.0, 1.0], [1.0, 1.0]]), 1.0)),
        slips=(
            Slip(
                lambda points, sigma: np.exp(-_squares(points) / (2 * sigma**2)),
                mark("The diagonal is 0: a point is no neighbour of its own."),
            ),
            Slip(
                lambda points, sigma: _hollow(np.exp(-np.sqrt(_squares(points)) / (2 * sigma**2))),
                mark("The distance goes squared into the exponent: take no square root."),
            ),
            Slip(
                lambda points, sigma: _hollow(np.exp(-_squares(points) / sigma**2)),
                mark("The exponent is divided by 2 sigma^2; the 2 is missing."),
            ),
            Slip(
                lambda points, sigma: _hollow(np.exp(-_squares(points) / (2 * sigma))),
                mark("Square sigma: the exponent is divided by 2 sigma^2."),
            ),
            Slip(
                lambda points, sigma: _hollow(np.exp(-_squares(points) / 2 * sigma**2)),
                mark("x / 2 * sigma**2 multiplies by sigma^2: put 2 * sigma**2 in brackets."),
            ),
            Slip(
                lambda points, sigma: _hollow(np.exp(_squares(points) / (2 * sigma**2))),
                mark("The minus sign is missing: the farther two points are, the smaller their affinity."),
            ),
            Slip(
                lambda points, sigma: _squares(points),
                mark("These are squared distances; the affinity is exp(-distance^2 / (2 sigma^2))."),
            ),
            Slip(
                lambda points, sigma: _hollow(np.exp(-_squares(points[:, :1]) / (2 * sigma**2))),
                mark("Only the first coordinate counts here; sum the squares over all of them."),
            ),
        ),
    ),
    Exercise(
        "4.2-spectral-laplacian",
        laplacian,
        _graph,
        special=((np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 3.0], [0.0, 3.0, 0.0]]),),),
        slips=(
            Slip(
                lambda affinity: np.diag(_degrees(affinity)) - affinity,
                mark("This is D - W, the Laplacian that is not normalised."),
            ),
            Slip(
                lambda affinity: np.eye(len(affinity)) - affinity / _degrees(affinity)[:, None],
                mark("This is I - D^-1 W, which is not symmetric; half of the power goes to either side."),
            ),
            Slip(
                lambda affinity: np.eye(len(affinity)) - affinity / _degrees(affinity),
                mark("This divides the columns by the degrees; divide rows and columns by their square roots."),
            ),
            Slip(
                lambda affinity: np.eye(len(affinity)) - laplacian(affinity),
                mark("This is D^-1/2 W D^-1/2; subtract it from the identity."),
            ),
            Slip(
                lambda affinity: np.eye(len(affinity)) - affinity / np.outer(_degrees(affinity), _degrees(affinity)),
                mark("Take the square root of the degrees before you divide."),
            ),
            Slip(
                lambda affinity: (
                    np.eye(len(affinity)) - affinity * np.sqrt(np.outer(_degrees(affinity), _degrees(affinity)))
                ),
                mark("Divide by the square roots of the degrees; this multiplies by them."),
            ),
            Slip(
                lambda affinity: 2 * np.eye(len(affinity)) - laplacian(affinity),
                mark("The sign is wrong: it is I minus D^-1/2 W D^-1/2."),
            ),
            Slip(
                lambda affinity: np.eye(len(affinity)) - affinity / np.sqrt(_degrees(affinity))[:, None],
                mark("Only the rows are divided by the square roots of the degrees; the columns need it as well."),
            ),
        ),
    ),
    Exercise(
        "4.2-spectral-rows",
        normalize_rows,
        _embedding,
        special=((np.array([[3.0, 4.0], [0.0, 0.0]]),), (np.array([[1.0, -1.0], [-2.0, 0.0]]),)),
        slips=(
            Slip(
                lambda embedding: embedding / np.linalg.norm(embedding, axis=1, keepdims=True),
                mark("A row of zeros has no direction (0 / 0 is NaN): leave it as it is."),
            ),
            Slip(
                lambda embedding: _divided(embedding, np.linalg.norm(embedding, axis=0)),
                mark("These are the columns; each row is to have length 1 (axis=1)."),
            ),
            Slip(
                lambda embedding: _divided(embedding, (embedding**2).sum(axis=1, keepdims=True)),
                mark("The length is the square root of the sum of squares; the root is missing."),
            ),
            Slip(
                lambda embedding: _divided(embedding, np.abs(embedding).sum(axis=1, keepdims=True)),
                mark("This divides by the sum of absolute values; the length is the root of the sum of squares."),
            ),
            Slip(
                lambda embedding: _divided(embedding, embedding.sum(axis=1, keepdims=True)),
                mark("This divides by the sum, in which signs cancel; the length is the root of the sum of squares."),
            ),
            Slip(
                lambda embedding: _divided(embedding, np.linalg.norm(embedding)),
                mark("This divides by one length for the whole matrix; every row has its own (axis=1)."),
            ),
            Slip(
                lambda embedding: _divided(embedding, np.abs(embedding).max(axis=1, keepdims=True)),
                mark("This divides by the largest value of the row; divide by its length."),
            ),
        ),
    ),
)
