"""Image segmentation, written from scratch to be read, watched and run: a course in six notebooks."""

__version__ = "0.1.0"
