"""The figures of the lecture, one function each, one module or folder for each section."""

from importlib import import_module

from seglearn.sections import SECTIONS

__all__ = ["all_figures"]


def all_figures():
    """Return every figure's function, in the order of the lecture; only here chapter 4.6 asks for PyTorch."""
    rooms = [import_module(f"seglearn.figures.{section.room}") for section in SECTIONS]
    return [getattr(room, name) for room in rooms for name in room.__all__]
