"""Panels that show points in the plane."""

import numpy as np

from seglearn.figures import style
from seglearn.figures.call import call


def data(shape, noise=None, rng=0):
    """Return the call that makes 300 points of a data set and their true groups."""
    if noise is None:
        return call("shapes.{shape!s}(300, rng={rng})", shape=shape, rng=rng)
    return call("shapes.{shape!s}(300, noise={noise}, rng={rng})", shape=shape, noise=noise, rng=rng)


def frame(axes, points, text):
    """Give a panel of points equal scales and room around them."""
    low, high = points.min(axis=0), points.max(axis=0)
    box = axes.get_window_extent()
    half = 0.56 * max((high - low)[0], (high - low)[1] * box.width / box.height)
    x, y = (low + high) / 2
    axes.set(xlim=(x - half, x + half), ylim=(y - half * box.height / box.width, y + half * box.height / box.width))
    style.heading(axes, text)


def scatter(axes, points, labels=None):
    """Draw points in the colours of their labels, or grey."""
    colors = "#777777" if labels is None else style.palette(labels.max() + 1)[labels] / 255
    axes.scatter(*points.T, s=22, c=colors, ec="white", lw=0.5, zorder=2)


def cells(axes, centers):
    """Tint the plane by its nearest centre and draw the borders (Voronoi): computed on a grid, not constructed."""
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    x, y = np.meshgrid(np.linspace(x0, x1, 360), np.linspace(y0, y1, 300))
    nearest = ((np.stack([x, y], -1)[:, :, None] - centers) ** 2).sum(-1).argmin(-1)
    tint = style.palette(len(centers))[nearest] * 0.22 + 255 * 0.78
    border = np.zeros(nearest.shape, bool)
    border[:, 1:] |= nearest[:, 1:] != nearest[:, :-1]
    border[1:] |= nearest[1:] != nearest[:-1]
    tint[border] = 120
    rgba = np.dstack([tint, np.full(nearest.shape, 255)]).astype(np.uint8)
    axes.imshow(rgba, extent=(x0, x1, y0, y1), origin="lower", interpolation="nearest", aspect="auto", zorder=0)


def crosses(axes, centers):
    """Mark the centres so that they show on their own points."""
    colors = style.palette(len(centers)) / 255
    axes.scatter(*centers.T, s=190, marker="X", c=colors, ec="white", lw=3.5, zorder=4)
    axes.scatter(*centers.T, s=130, marker="X", c=colors, ec=style.INK, lw=1.4, zorder=5)
