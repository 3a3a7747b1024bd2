"""4.3 Segmentation by edges."""

from seglearn.edges.canny import CannyStages, canny, canny_stages
from seglearn.edges.fourier import HighPassStages, high_pass, high_pass_stages, spectrum
from seglearn.edges.gradient import (
    GradientStages,
    KirschStages,
    gradient,
    gradient_stages,
    kirsch,
    kirsch_stages,
    prewitt,
    prewitt_stages,
    roberts,
    roberts_stages,
    sobel,
    sobel_stages,
)
from seglearn.edges.laplacian import laplace, laplacian_of_gaussian, zero_crossings
from seglearn.edges.tracing import (
    TraceState,
    trace_border,
    trace_border_steps,
    trace_edge,
    trace_edge_steps,
)

__all__ = [
    "CannyStages",
    "GradientStages",
    "HighPassStages",
    "KirschStages",
    "TraceState",
    "canny",
    "canny_stages",
    "gradient",
    "gradient_stages",
    "high_pass",
    "high_pass_stages",
    "kirsch",
    "kirsch_stages",
    "laplace",
    "laplacian_of_gaussian",
    "prewitt",
    "prewitt_stages",
    "roberts",
    "roberts_stages",
    "sobel",
    "sobel_stages",
    "spectrum",
    "trace_border",
    "trace_border_steps",
    "trace_edge",
    "trace_edge_steps",
    "zero_crossings",
]
