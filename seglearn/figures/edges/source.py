"""The picture that a figure works on: a photograph in grey, with noise if the reader asks for it."""

from typing import Annotated

from seglearn import images
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import Photo, Range
from seglearn.words import mark

PHOTO = Annotated[str, Photo(words=mark("picture"))]
NOISE = Annotated[float, Range(0.0, 0.3, 0.01, mark("standard deviation of the noise"))]


def grey(photo, noise=0.0):
    """Return the call that makes it, uint8 without noise, float with."""
    picture = photograph(photo)
    if images.load(photo).ndim == 3:
        picture = call("images.grey({photo})", photo=picture)
    return call("images.noisy({picture}, {noise}, rng=0)", picture=picture, noise=noise) if noise else picture
