"""The picture that a figure works on: a photograph in grey, with noise if the reader asks for it."""

from functools import lru_cache
from typing import Annotated

from seglearn import images
from seglearn.figures.controls import Photo, Range
from seglearn.words import mark

PHOTO = Annotated[str, Photo(words=mark("picture"))]
NOISE = Annotated[float, Range(0.0, 0.3, 0.01, mark("standard deviation of the noise"))]


def load(photo, noise=0.0):
    """Return the picture, uint8 without noise, float with; not to be written on."""
    return _load(photo, noise) if photo in images.PHOTOS else _load.__wrapped__(photo, noise)


def call(photo, noise=0.0):
    """Return the call that makes it."""
    name = f'images.load("{photo}")'
    if images.load(photo).ndim == 3:
        name = f"images.grey({name})"
    return f"images.noisy({name}, {noise:g}, rng=0)" if noise else name


@lru_cache(maxsize=8)
def _load(photo, noise):
    picture = images.grey(images.load(photo))
    return images.noisy(picture, noise, rng=0) if noise else picture
