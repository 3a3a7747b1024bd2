"""Exercises of section 4.4, segmentation by regions."""

from seglearn.exercises.regions import growing, local, split_merge, threshold, watershed

EXERCISES = (
    *threshold.EXERCISES,
    *local.EXERCISES,
    *growing.EXERCISES,
    *split_merge.EXERCISES,
    *watershed.EXERCISES,
)
