"""The figures of section 4.2: clustering."""

from seglearn.figures.clustering.k_means import k_means_on_photo, k_means_on_points, k_means_pieces, non_convex

__all__ = ["k_means_on_points", "k_means_on_photo", "non_convex", "k_means_pieces"]  # noqa: RUF022  as in the notebook
