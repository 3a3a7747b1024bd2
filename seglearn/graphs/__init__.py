"""4.5 Segmentation by graphs."""

from seglearn.graphs.color_model import ColorModel
from seglearn.graphs.grab_cut import GrabCutState, GrabCutter, grab_cut, grab_cut_steps
from seglearn.graphs.graph_cut import GraphCutState, GraphCutter, graph_cut, graph_cut_network, graph_cut_steps
from seglearn.graphs.max_flow import (
    GridFlowState,
    MaxFlowState,
    grid_max_flow,
    grid_max_flow_steps,
    grid_min_cut,
    max_flow,
    max_flow_steps,
)
from seglearn.graphs.min_cut import MinCutState, global_min_cut, global_min_cut_steps
from seglearn.graphs.normalized_cut import (
    NormalizedCutState,
    ncut_value,
    normalized_cut,
    normalized_cut_steps,
    segment_normalized_cut,
    segment_normalized_cut_steps,
)
from seglearn.graphs.pixel_graph import pixel_graph, region_graph

__all__ = [
    "ColorModel",
    "GrabCutState",
    "GrabCutter",
    "GraphCutState",
    "GraphCutter",
    "GridFlowState",
    "MaxFlowState",
    "MinCutState",
    "NormalizedCutState",
    "global_min_cut",
    "global_min_cut_steps",
    "grab_cut",
    "grab_cut_steps",
    "graph_cut",
    "graph_cut_network",
    "graph_cut_steps",
    "grid_max_flow",
    "grid_max_flow_steps",
    "grid_min_cut",
    "max_flow",
    "max_flow_steps",
    "ncut_value",
    "normalized_cut",
    "normalized_cut_steps",
    "pixel_graph",
    "region_graph",
    "segment_normalized_cut",
    "segment_normalized_cut_steps",
]
