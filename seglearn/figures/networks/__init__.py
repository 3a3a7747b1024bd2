"""The figures of section 4.6: deep networks."""

from seglearn.figures.networks.fcn import deconvolution, fully_convolutional, skips

__all__ = ["fully_convolutional", "deconvolution", "skips"]  # noqa: RUF022  as in the notebook
