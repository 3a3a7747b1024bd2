"""The figure of section 4.2.3 on a photograph: mean shift filters, then joins."""

from typing import Annotated

import numpy as np

from seglearn import images
from seglearn.figures import style
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import Photo, Range, figure
from seglearn.words import _, mark

HALF = 24  # pixels that the detail shows to each side of the marked one
ENLARGED = 8  # times that the detail is blown up, so that a line between two pixels has room


@figure(
    "4.2-e",
    mark("Mean shift on a photograph: filter, then join"),
    presets={
        mark("colour window too small"): {"color_bandwidth": 4},
        mark("colour window too large"): {"color_bandwidth": 60},
        mark("keep every region"): {"min_size": 1},
        mark("fur: one animal, many regions"): {"photo": "chelsea", "row": 150, "col": 175},
        mark("coins, and no K given"): {"photo": "coins", "color_bandwidth": 32, "row": 70, "col": 62},
    },
    gesture={"point": ("col", "row")},
)
def mean_shift_on_photo(
    *,
    photo: Annotated[str, Photo(words=mark("picture"))] = "coffee",
    spatial_bandwidth: Annotated[int, Range(1, 12, words=mark("reach, pixels"))] = 8,
    color_bandwidth: Annotated[int, Range(2, 80, words=mark("reach, levels"))] = 24,
    min_size: Annotated[int, Range(1, 500, words=mark("smallest region, pixels"))] = 80,
    row: Annotated[int, Range(0, 1023, words=mark("marked pixel, or click"))] = 90,
    col: Annotated[int, Range(0, 1023, words=mark("marked pixel, or click"))] = 184,
):
    """Figure 4.2-e: windows in place and colour make the picture flat; flat pieces become regions."""
    image = images.load(photo)
    run = call(
        "segment_mean_shift_stages({photo}, {spatial}, {color}, min_size={size})",
        photo=photograph(photo), spatial=spatial_bandwidth, color=color_bandwidth, size=min_size,
    )  # fmt: skip
    stages = run.value
    height, width = image.shape[:2]
    row, col = min(row, height - 1), min(col, width - 1)
    top, left = (max(0, min(at - HALF, size - 2 * HALF - 1)) for at, size in ((row, height), (col, width)))
    detail = np.s_[top : top + 2 * HALF + 1, left : left + 2 * HALF + 1]
    colors = np.rint(stages.modes).astype(np.uint8)[stages.labels]
    n_regions = len(stages.modes)

    square = (1, 1)
    drawn, (first, second, before, after, profile) = style.panels(
        (image.shape, image.shape, style.Pile((square, square)), 0.9)
    )
    style.picture(first, image, _("The photograph, one pixel marked"))
    style.crosshair(first, col, row)
    style.picture(second, colors, _("{n} regions, each in its mode").format(n=n_regions), stages.labels)
    inside = _in_window(image, row, col, spatial_bandwidth, color_bandwidth)
    at = ENLARGED * (col - left) + ENLARGED // 2, ENLARGED * (row - top) + ENLARGED // 2
    style.picture(before, _outlined(image[detail], inside[detail]), _("{n} in the window").format(n=inside.sum()))
    style.picture(after, _enlarge(stages.filtered[detail]), _("Filtered"))
    for axes in (before, after):  # small: a ring would hide the window
        axes.plot(*at, marker="o", ms=5, mfc=style.SEED, mec="white", mew=1)
    line = np.s_[row, left : left + 2 * HALF + 1]
    columns = np.arange(left, left + len(image[line]))
    for values, color, name in (
        (image[line], style.FAINT, _("before")),
        (stages.filtered[line], style.INK, _("filtered")),
    ):
        levels = values.reshape(len(columns), -1).mean(axis=1)
        profile.step(columns, levels, where="mid", color=color, lw=2, label=name)
    profile.axvline(col, color=style.SEED, lw=2)
    profile.set(xlim=(columns[0] - 0.5, columns[-1] + 0.5), ylim=(0, 255), xlabel=_("column"), ylabel=_("level"))
    profile.xaxis.get_major_locator().set_params(prune="both")
    profile.legend(frameon=False, loc="best", handlelength=1.2)
    style.heading(profile, _("The marked row"))

    was, now = (", ".join(map(str, np.atleast_1d(picture[row, col]))) for picture in (image, stages.filtered))
    numbers = _(
        "{before} regions, {after} after the small ones joined; pixel ({row}, {col}) went from ({was}) to ({now})"
    ).format(before=stages.regions.max() + 1, after=n_regions, row=row, col=col, was=was, now=now)
    return style.tell(
        drawn,
        call=run,
        numbers=numbers,
        alt=_(
            "The photograph “{photo}”; the same in {n} regions of one colour each; a detail around one pixel "
            "with the pixels of its window; the same detail filtered; and the levels along its row."
        ).format(photo=photo, n=n_regions),
    )


def _in_window(image, row, col, spatial_bandwidth, color_bandwidth):
    """Mark the pixels near the given one in place and in colour: those whose mean its first shift takes."""
    colors = np.atleast_3d(image).astype(float)
    inside = ((colors - colors[row, col]) ** 2).sum(axis=2) <= color_bandwidth**2
    rows, cols = np.ogrid[: image.shape[0], : image.shape[1]]
    return inside & (np.abs(rows - row) <= spatial_bandwidth) & (np.abs(cols - col) <= spatial_bandwidth)


def _enlarge(array):
    return array.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)


def _outlined(detail, inside):
    """Enlarge a detail and draw the border of the pixels inside."""
    detail, inside = _enlarge(detail), _enlarge(inside)
    inner = inside.copy()
    for axis in (0, 1):
        for way in (-ENLARGED, ENLARGED):
            inner &= np.roll(inside, way, axis)
    drawn = np.atleast_3d(detail).repeat(3 if detail.ndim == 2 else 1, axis=2)
    drawn[inside & ~inner] = (213, 94, 0)  # style.NOW
    return drawn
