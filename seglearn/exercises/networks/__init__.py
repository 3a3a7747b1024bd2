"""Exercises of section 4.6, segmentation by deep networks."""

from seglearn.exercises.networks import context, convolution, field, scores

EXERCISES = (*convolution.EXERCISES, *scores.EXERCISES, *field.EXERCISES, *context.EXERCISES)
