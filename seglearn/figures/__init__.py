"""The figures of the lecture, one function each, one module or folder for each section."""

from seglearn.figures import clustering

__all__ = ["all_figures", "clustering"]


def all_figures():
    """Return every figure's function, in the order of the lecture."""
    return [getattr(room, name) for room in (clustering,) for name in room.__all__]
