"""Exercises of section 4.5, segmentation by graphs."""

from seglearn.exercises.graphs import cuts, energy, flow

EXERCISES = (*cuts.EXERCISES, *flow.EXERCISES, *energy.EXERCISES)
