"""4.4 Segmentation by regions."""

from seglearn.regions.histogram import GreyHistogram, grey_histogram
from seglearn.regions.threshold import (
    IterativeState,
    ValleyState,
    threshold_fixed,
    threshold_iterative,
    threshold_iterative_steps,
    threshold_valley,
    threshold_valley_steps,
)
from seglearn.regions.threshold_criteria import error_criterion, threshold_multi_otsu, threshold_optimal, threshold_otsu
from seglearn.regions.threshold_local import threshold_adaptive, threshold_block_mean

__all__ = [
    "GreyHistogram",
    "IterativeState",
    "ValleyState",
    "error_criterion",
    "grey_histogram",
    "threshold_adaptive",
    "threshold_block_mean",
    "threshold_fixed",
    "threshold_iterative",
    "threshold_iterative_steps",
    "threshold_multi_otsu",
    "threshold_optimal",
    "threshold_otsu",
    "threshold_valley",
    "threshold_valley_steps",
]
