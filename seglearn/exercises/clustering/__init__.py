"""Exercises of section 4.2, segmentation by clustering."""

from seglearn.exercises.clustering import k_means, mean_shift, slic, spectral

EXERCISES = (*k_means.EXERCISES, *spectral.EXERCISES, *mean_shift.EXERCISES, *slic.EXERCISES)
