"""Figure 4.4-c: single objects, from a mask, its distance and the watershed."""

from typing import Annotated

import numpy as np
from scipy import ndimage

from seglearn.figures import style
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import Photo, Range, figure
from seglearn.words import _, mark

PHOTOS = Photo(("coins", "immunohistochemistry", "cell"), mark("picture"))


@figure(
    "4.4-c",
    mark("Objects counted, step by step"),
    presets={
        mark("coins: the mask is enough"): {},
        mark("coins that touch: the watershed divides them"): {"grown": 12},
        mark("stained tissue: glands, not nuclei"): {"photo": "immunohistochemistry"},
    },
)
def object_pipeline(
    *,
    photo: Annotated[str, PHOTOS] = "coins",
    grown: Annotated[int, Range(0, 12, words=mark("pixels by which the mask is enlarged"))] = 0,
):
    """Figure 4.4-c: the five stages of the pipeline that counts coins and nuclei."""
    stages = call("experiments.objects.object_stages({f}, grown={k})", f=photograph(photo), k=grown)
    done = stages.value
    run = call("{stages}.labels", stages=stages)
    n_pieces, n_tops, n_objects = ndimage.label(done.mask)[1], int(done.cells.max()), int(done.labels.max())

    drawn, panels = style.panels((done.mask.shape,) * 5)
    light, mask, distance, cells, objects = panels
    style.picture(light, done.light, _("1  objects bright"))
    style.picture(mask, (255 * done.mask).astype(np.uint8), _("2  mask"))
    style.picture(distance, done.distance / max(done.distance.max(), 1e-9), _("3  distance"))
    colors = np.vstack([[[255, 255, 255]], style.palette(24)]).astype(np.uint8)
    painted = colors[np.where(done.cells > 0, 1 + done.cells % 24, 0)]
    painted[ndimage.binary_dilation((done.markers > 0) & done.mask, iterations=2)] = 0
    style.picture(cells, painted, _("4  tops, watershed"))
    style.picture(objects, photograph(photo).value, _("5  objects"), labels=done.labels)
    return style.tell(
        drawn,
        call=run,
        numbers=_("the mask has {pieces} pieces, its distance {tops} tops; {objects} objects").format(
            pieces=n_pieces, tops=n_tops, objects=n_objects
        ),
        alt=_(
            "Five stages on “{photo}”: brightness, a mask in black and white, how deep each pixel lies in it, the "
            "basins around the tops (black) in colours, and the borders of {n} objects."
        ).format(photo=photo, n=n_objects),
    )
