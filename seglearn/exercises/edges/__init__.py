"""Exercises of section 4.3, segmentation by edges."""

from seglearn.exercises.edges import canny, filters, second, tracing

EXERCISES = (*filters.EXERCISES, *second.EXERCISES, *canny.EXERCISES, *tracing.EXERCISES)
