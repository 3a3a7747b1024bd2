"""The figures of the lecture, one function each, one module or folder for each section."""

from seglearn.figures import clustering, edges, graphs

__all__ = ["all_figures", "clustering", "edges", "graphs"]


def all_figures():
    """Return every figure's function, in the order of the lecture."""
    return [getattr(room, name) for room in (clustering, edges, graphs) for name in room.__all__]
