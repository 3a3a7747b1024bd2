"""The figures of section 4.2: clustering."""

from seglearn.figures.clustering.choosing_k import choosing_k
from seglearn.figures.clustering.k_means import k_means_on_photo, k_means_on_points, k_means_pieces, non_convex
from seglearn.figures.clustering.mean_shift import mean_shift_modes, mean_shift_on_points, mean_shift_pieces
from seglearn.figures.clustering.mean_shift_photo import mean_shift_on_photo
from seglearn.figures.clustering.slic import search_windows, slic_pieces, superpixels
from seglearn.figures.clustering.spectral import spectral_inside, spectral_on_photo, spectral_on_points

__all__ = [  # noqa: RUF022  as in the notebook
    "k_means_on_points",
    "k_means_on_photo",
    "non_convex",
    "choosing_k",
    "k_means_pieces",
    "spectral_on_points",
    "spectral_inside",
    "spectral_on_photo",
    "mean_shift_on_points",
    "mean_shift_modes",
    "mean_shift_on_photo",
    "mean_shift_pieces",
    "search_windows",
    "superpixels",
    "slic_pieces",
]
