"""Figure 4.6-a: all trained networks on one picture."""

from typing import Annotated

from seglearn import metrics
from seglearn.figures import style
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import Choice, Photo, Range, figure
from seglearn.figures.networks import scene
from seglearn.words import _, listed, mark

NAMES = {
    "fcn32s_scenes": "FCN-32s",
    "fcn16s_scenes": "FCN-16s",
    "fcn8s_scenes": "FCN-8s",
    "deeplab_v1_scenes": "DeepLab V1",
    "deeplab_v1_msc_scenes": "DeepLab V1 MSc",
    "deeplab_v2_scenes": "DeepLab V2",
    "reseg_scenes": "ReSeg",
    "pspnet_scenes": "PSPNet",
    "crf_as_rnn_scenes": "CRF as RNN",
}


@figure(
    "4.6-a",
    mark("All the families on one picture"),
    presets={
        mark("a road"): {"street": 0},
        mark("water that looks like a road"): {"street": 11},
        mark("a photograph: they have never seen one"): {"source": "the photograph"},
    },
)
def families(
    *,
    source: Annotated[str, Choice((mark("a street"), mark("the photograph")), mark("what they look at"))] = "a street",
    street: Annotated[int, Range(0, scene.N_STREETS - 1, words=mark("scene that no network has seen"))] = 3,
    photo: Annotated[str, Photo(words=mark("the photograph"))] = "china",
):
    """Figure 4.6-a: what eight trained networks make of a street or a photograph, and what they cost."""
    if source == "a street":
        image, truth = call("experiments.network_views.street({k})", k=street).value
        run = call("experiments.network_views.gallery(experiments.network_views.street({k})[0])", k=street)
    else:
        picture = call("experiments.network_views.gallery_image({photo})", photo=photograph(photo))
        image, truth = picture.value, None
        run = call("experiments.network_views.gallery({picture})", picture=picture)
    costs = call("experiments.network_views.gallery_costs()").value

    pile = style.Pile((image.shape, image.shape))
    drawn, (*panels, names) = style.panels((pile,) * 5 + (scene.KEY,))
    style.picture(panels[0], image, _("Picture"))
    style.picture(
        panels[1], image if truth is None else scene.paint(truth), _("Picture") if truth is None else _("Truth")
    )
    scores = {}
    for axes, (key, labels) in zip(panels[2:], run.value):
        title = NAMES[key]
        if truth is not None:
            scores[title] = metrics.mean_iou(labels, truth)
            title += f": {scores[title]:.2f}"
        style.picture(axes, scene.paint(labels), title)
    scene.key(names)
    told = _("thousands of parameters: {list}").format(
        list=listed(f"{NAMES[key]} {round(n / 1000)}" for key, (n, _macs) in costs.items())
    )
    if scores:
        best = f"{max(scores.values()):.2f}"  # of equals, all
        names = listed(name for name, iou in scores.items() if f"{iou:.2f}" == best)
        told = _("best mean IoU here: {name}, {iou}; {costs}").format(name=names, iou=best, costs=told)
    return style.tell(
        drawn,
        call=run,
        numbers=told,
        alt=_("A picture, its true classes where they are known, and the label maps of eight networks: {list}.").format(
            list=listed(NAMES[key] for key, _labels in run.value)
        ),
        idle=("photo",) if source == "a street" else ("street",),
    )
