"""The figures of section 4.4: regions."""

from seglearn.figures.regions.grid import growth_grid
from seglearn.figures.regions.growing import grow_everything, grow_from_seed
from seglearn.figures.regions.objects import object_pipeline
from seglearn.figures.regions.split_merge import split_and_merge
from seglearn.figures.regions.thresholds import local_thresholds, thresholds
from seglearn.figures.regions.watershed import flooding

__all__ = [  # noqa: RUF022  as in the notebook
    "thresholds",
    "local_thresholds",
    "grow_from_seed",
    "grow_everything",
    "growth_grid",
    "split_and_merge",
    "flooding",
    "object_pipeline",
]
