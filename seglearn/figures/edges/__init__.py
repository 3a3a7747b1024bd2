"""The figures of section 4.3: edges."""

from seglearn.figures.edges.canny import canny_stages
from seglearn.figures.edges.comparison import compare_operators
from seglearn.figures.edges.fourier import high_pass
from seglearn.figures.edges.operators import derivatives, operators
from seglearn.figures.edges.tracing import trace_contour

__all__ = ["high_pass", "operators", "derivatives", "canny_stages", "trace_contour", "compare_operators"]  # noqa: RUF022  as in the notebook
