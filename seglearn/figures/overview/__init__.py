"""The figures of section 4.1: what segmentation is, what it is for, and every method at once."""

from seglearn.figures.overview.fields import fields_of_use
from seglearn.figures.overview.labels import four_tasks, semantic_labels
from seglearn.figures.overview.shoot_out import shoot_out

__all__ = ["semantic_labels", "four_tasks", "fields_of_use", "shoot_out"]  # noqa: RUF022  as in the notebook
