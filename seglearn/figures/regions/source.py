"""The picture that a figure of 4.4 works on: a photograph in grey, 0 to 255, reduced, unevenly lit, with noise."""

from typing import Annotated

import numpy as np

from seglearn import images
from seglearn.figures import style
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import Range
from seglearn.words import mark

NOISE = Annotated[float, Range(0.0, 0.2, 0.01, mark("standard deviation of the noise"))]
LIGHT = Annotated[float, Range(0.0, 0.9, 0.05, mark("light missing at the right border"))]


def grey(photo, side=None):
    """Return the call that makes a grey uint8 picture, of at most `side` pixels a side."""
    picture = photograph(photo)
    if images.load(photo).ndim == 3:
        picture = call("images.grey({photo})", photo=picture)
    return call("images.reduced({picture}, {side})", picture=picture, side=side) if side else picture


def lit(photo, light, noise):
    """Return the call that makes a grey picture in [0, 1], in light that falls off to the right, with noise."""
    template = "experiments.reliefs.lit({picture}, light={light}, noise={noise})"
    return call(template, picture=grey(photo), light=light, noise=noise)


def means(image, labels):
    """Return a grey picture in which each region has its mean."""
    counts = np.bincount(labels.ravel())
    return (np.bincount(labels.ravel(), image.ravel()) / np.maximum(counts, 1))[labels]


def tinted(image, mask, color, share=0.5):
    """Return a grey picture (H, W) uint8 or in [0, 1] as RGB, part of it in a colour."""
    values = image / 255 if image.dtype == np.uint8 else image
    shown = np.repeat(values[..., None], 3, axis=2)
    shown[mask] = (1 - share) * shown[mask] + share * np.array(style.matplotlib.colors.to_rgb(color))
    return shown
