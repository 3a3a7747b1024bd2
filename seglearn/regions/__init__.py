"""4.4 Segmentation by regions."""

from seglearn.regions.growing import (
    GrowingState,
    RegionsState,
    grow_regions,
    grow_regions_steps,
    region_growing,
    region_growing_steps,
)
from seglearn.regions.histogram import GreyHistogram, grey_histogram
from seglearn.regions.split_merge import SplitMergeState, split_and_merge, split_and_merge_steps
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
from seglearn.regions.watershed import WatershedState, regional_minima, watershed, watershed_steps

__all__ = [
    "GreyHistogram",
    "GrowingState",
    "IterativeState",
    "RegionsState",
    "SplitMergeState",
    "ValleyState",
    "WatershedState",
    "error_criterion",
    "grey_histogram",
    "grow_regions",
    "grow_regions_steps",
    "region_growing",
    "region_growing_steps",
    "regional_minima",
    "split_and_merge",
    "split_and_merge_steps",
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
    "watershed",
    "watershed_steps",
]
