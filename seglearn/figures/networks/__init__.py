"""The figures of section 4.6: deep networks."""

from seglearn.figures.networks.deeplab import aspp, crf_on_mask, deeplab_v1, dilation
from seglearn.figures.networks.families import families
from seglearn.figures.networks.fcn import deconvolution, fully_convolutional, skips
from seglearn.figures.networks.reseg import reseg, sweeps

__all__ = [  # noqa: RUF022  as in the notebook
    "fully_convolutional",
    "deconvolution",
    "skips",
    "dilation",
    "deeplab_v1",
    "crf_on_mask",
    "aspp",
    "sweeps",
    "reseg",
    "families",
]
