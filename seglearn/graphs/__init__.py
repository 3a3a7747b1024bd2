"""4.5 Segmentation by graphs."""

from seglearn.graphs.pixel_graph import pixel_graph, region_graph

__all__ = ["pixel_graph", "region_graph"]
