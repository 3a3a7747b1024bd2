"""Figure 4.1-a: three fields of use, each against a ground truth."""

from typing import Annotated

import numpy as np

from seglearn.experiments.fields import FIELDS, majority
from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Choice, figure
from seglearn.words import _, mark

ALL = mark("all three fields")
METHODS = (mark("a plain one"), mark("one that fits"))
MADE = {
    "remote sensing: fields": mark("Painted by a program"),
    "driving: a street": mark("Put together from photographs"),
}
THREE = ("medicine: stained tissue", "remote sensing: a relief", "driving: a motorbike")  # all of them real


@figure(
    "4.1-a",
    mark("Three fields of use"),
    presets={
        mark("all three fields"): {},
        mark("all three, plain methods"): {"method": "a plain one"},
        mark("too many basins"): {"field": "remote sensing: a relief", "method": "a plain one"},
        mark("fields from the air"): {"field": "remote sensing: fields"},
        mark("a street, read by a network"): {"field": "driving: a street"},
    },
)
def fields_of_use(
    *,
    field: Annotated[str, Choice((ALL, *FIELDS), mark("field of use"))] = ALL,
    method: Annotated[str, Choice(METHODS, mark("method"))] = "one that fits",
):
    """Figure 4.1-a: medicine, remote sensing, driving: pictures segmented by methods of this course, and scored."""
    k = METHODS.index(method)
    if field == ALL:
        run = call("[experiments.fields.field(name) for name in {names}]", names=THREE)
        drawn, panels = style.panels(tuple(found.image.shape for found in run.value))
        for axes, name, found in zip(panels, THREE, run.value):
            style.picture(axes, found.image, _(name), _answer(found, k))
        first, *others = ((_(name), _told(found, k)) for name, found in zip(THREE, run.value))
        numbers = _("{field} ({told})").format(field=first[0], told=first[1])
        for name, told in others:
            numbers += _("; {field} ({told})").format(field=name, told=told)
        alt = _("Three pictures with the borders that a method found: stained tissue, a relief, a motorbike.")
    else:
        run = call("experiments.fields.field({name})", name=field)
        found = run.value
        answer, truth = _answer(found, k), np.where(found.truth == 255, found.truth[found.truth != 255].max() + 1,
                                                    found.truth)  # fmt: skip
        drawn, (left, middle, right) = style.panels((found.image.shape,) * 3)
        colors = style.palette(int(truth.max()) + 1)
        if (found.truth == 255).any():
            colors[-1] = 255
        style.picture(left, found.image, _(MADE.get(field, mark("The picture"))))
        style.picture(middle, colors[_named(found, answer)], _(found.names[k]), answer)
        style.picture(right, colors[truth], _("The truth"), truth)
        numbers, alt = _told(found, k), _("A picture ({name}), its regions as found, and the true ones.").format(
            name=_(field)
        )  # fmt: skip
        if found.synthetic:
            numbers += _("; the picture is synthetic")
    return style.tell(drawn, call=run, numbers=numbers, alt=alt)


def _answer(found, k):
    return (found.plain, found.fitting)[k]


def _named(found, answer):
    """Return the true label that each region shares most pixels with, so that both maps have the same colours."""
    return majority(answer, found.truth) if found.measure == "covering" else answer


def _told(found, k):
    """Say who found how much."""
    return _("{method}: {measure} {score:.2f}").format(
        method=_(found.names[k]), measure=_(found.measure), score=found.scores[k]
    ) + (_(", {n} regions").format(n=len(np.unique(_answer(found, k)))) if found.measure == "covering" else "")
