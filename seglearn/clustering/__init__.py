"""4.2 Segmentation by clustering."""

from seglearn.clustering.connectivity import enforce_connectivity
from seglearn.clustering.k_means import KMeansState, k_means, k_means_steps
from seglearn.clustering.mean_shift import (
    MeanShiftState,
    kernel_density,
    mean_shift,
    mean_shift_path,
    mean_shift_steps,
)
from seglearn.clustering.mean_shift_segmentation import (
    MeanShiftStages,
    mean_shift_filter,
    segment_mean_shift,
    segment_mean_shift_stages,
)
from seglearn.clustering.slic import SlicState, slic, slic_steps
from seglearn.clustering.spectral import SpectralStages, spectral_clustering, spectral_stages
from seglearn.clustering.spectral_segmentation import SpectralSegments, segment_spectral, segment_spectral_stages

__all__ = [
    "KMeansState",
    "MeanShiftStages",
    "MeanShiftState",
    "SlicState",
    "SpectralSegments",
    "SpectralStages",
    "enforce_connectivity",
    "k_means",
    "k_means_steps",
    "kernel_density",
    "mean_shift",
    "mean_shift_filter",
    "mean_shift_path",
    "mean_shift_steps",
    "segment_mean_shift",
    "segment_mean_shift_stages",
    "segment_spectral",
    "segment_spectral_stages",
    "slic",
    "slic_steps",
    "spectral_clustering",
    "spectral_stages",
]
