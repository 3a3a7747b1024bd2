"""The figures of section 4.5, in the order of the lecture."""
# ruff: noqa: RUF022

from seglearn.figures.graphs.alpha import hard_and_soft
from seglearn.figures.graphs.cuts import cut_and_ncut, normalized_cut_of_photo
from seglearn.figures.graphs.grid import graph_terms, minimum_cut_of_picture
from seglearn.figures.graphs.marking import grab_cut, scribble
from seglearn.figures.graphs.network import flow, terminals

__all__ = [
    "graph_terms",
    "minimum_cut_of_picture",
    "cut_and_ncut",
    "normalized_cut_of_photo",
    "terminals",
    "scribble",
    "flow",
    "grab_cut",
    "hard_and_soft",
]
