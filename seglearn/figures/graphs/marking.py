"""Figures 4-13 (i) and 4.5-b: the reader marks, and the cut answers."""

from typing import Annotated

import numpy as np

from seglearn.figures import style
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import Choice, Photo, Range, Step, Strokes, figure
from seglearn.figures.graphs.network import SIGMA, SMOOTHNESS, painted_over
from seglearn.words import _, mark

WIDTH = Range(3, 40, words=mark("width of the brush, in pixels"))
BRUSHES = Choice((mark("foreground"), mark("background"), mark("eraser")), mark("draw on the picture"))
AFTER = Choice((mark("cut once more"), mark("learn anew")), mark("after a touch-up"))
TOOLS = Choice((mark("rectangle"), mark("foreground"), mark("background"), mark("eraser")), mark("draw on the picture"))
INKS = {"foreground": style.FOREGROUND, "background": style.BACKGROUND, "eraser": "white"}
CUP = (
    ("foreground", 9, ((120, 230), (170, 310), (260, 350))),
    ("foreground", 9, ((260, 40), (230, 110), (300, 190), (370, 120))),
    ("background", 9, ((60, 60), (30, 200), (60, 380))),
    ("background", 9, ((520, 60), (540, 250), (520, 380))),
)
FEW = (("foreground", 9, ((240, 330), (280, 345))), ("background", 9, ((520, 60), (540, 250))))
PORTRAIT = (
    ("foreground", 9, ((220, 60), (225, 150), (230, 260), (150, 380), (300, 480))),
    ("background", 9, ((60, 40), (50, 250))),
    ("background", 9, ((340, 60), (420, 240), (470, 440))),
)
SPOON = (
    (
        "foreground",
        13,
        ((340, 252), (394, 254), (334, 270), (398, 272), (334, 288), (394, 290), (345, 308), (382, 310)),
    ),
    ("foreground", 7, ((378, 240), (384, 208))),
    ("foreground", 9, ((412, 75), (411, 105))),
)
HELMET = {"top": 8, "left": 60, "bottom": 512, "right": 440}
HELMET["strokes"] = (("foreground", 9, ((230, 400), (150, 450))), ("background", 9, ((400, 300), (420, 450))))
N_ITER = 5  # of GrabCut
CAT = (
    ("foreground", 9, ((130, 120), (220, 200), (330, 220))),
    ("background", 9, ((20, 20), (40, 120))),
    ("background", 9, ((420, 20), (430, 270))),
)


@figure(
    "4-13 (i)",
    mark("Graph cut: mark the object and the ground"),
    presets={
        mark("the cup"): {},
        mark("few marks"): {"strokes": FEW},
        mark("the cat"): {"photo": "chelsea", "strokes": CAT},
        mark("the portrait: helmet and shuttle mislead"): {"photo": "astronaut", "strokes": PORTRAIT},
        mark("no foreground marked"): {"strokes": FEW[1:]},
        mark("no boundary term"): {"smoothness": 0},
    },
    gesture={"scribble": ("strokes", "brush", "width")},
)
def scribble(
    *,
    photo: Annotated[str, Photo(words=mark("picture"))] = "coffee",
    brush: Annotated[str, BRUSHES] = "foreground",
    width: Annotated[int, WIDTH] = 9,
    smoothness: Annotated[float, SMOOTHNESS] = 50,
    sigma: Annotated[float, SIGMA] = 0.1,
    strokes: Annotated[tuple, Strokes(mark("what was drawn"))] = CUP,
):
    """Figure 4-13: marks with the mouse, and at once the cut of least energy between them."""
    picture = photograph(photo)
    image = picture.value
    marks = call("experiments.graphs.painted({shape}, {strokes})", shape=image.shape[:2], strokes=_plain(strokes))
    marked = [int((marks.value == label).sum()) for label in (1, 2)]
    if not all(marked):
        return _unmarked(image, marks, width, INKS[brush])
    cutter = call(  # between two strokes it keeps the flow
        "graphs.GraphCutter({picture}, smoothness={smoothness}, sigma={sigma})",
        picture=picture, smoothness=smoothness, sigma=sigma,
    )  # fmt: skip
    run = call("{cutter}.cut({marks} == 1, {marks} == 2)", cutter=cutter, marks=marks)
    mask = run.value

    drawn, (left, right) = style.panels((image.shape, image.shape))
    style.picture(left, painted_over(image, marks.value), _("Your marks"), labels=mask)
    style.brush(left, width, INKS[brush])
    style.picture(right, _cut_out(image, mask), _("The object that was cut out"))
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "{n} pixels marked as foreground, {m} as background; the object has {share:.1%} of the picture"
        ).format(n=marked[0], m=marked[1], share=mask.mean()),
        alt=_(
            "“{photo}” with strokes on object and ground and the border of the cut; beside it the object, on white."
        ).format(photo=photo),
    )


@figure(
    "4.5-b",
    mark("GrabCut: a rectangle, then touch up"),
    presets={
        mark("the cup"): {"step": 5},
        mark("the first cut"): {"step": 1},
        mark("a flower"): {"photo": "flower", "top": 60, "left": 190, "bottom": 330, "right": 460, "step": 5},
        mark("one colour a side"): {"n_components": 1, "step": 5},
        mark("the spoon touched up"): {"strokes": SPOON, "step": 5},
        mark("the portrait, without the helmet"): {"photo": "astronaut", **HELMET, "after": "learn anew", "step": 5},
    },
    gesture={"scribble": ("strokes", "tool", "width", "top", "left", "bottom", "right")},
)
def grab_cut(
    *,
    photo: Annotated[str, Photo(words=mark("picture"))] = "coffee",
    tool: Annotated[str, TOOLS] = "rectangle",
    width: Annotated[int, WIDTH] = 9,
    top: Annotated[int, Range(0, 1023, words=mark("rectangle, or draw it"))] = 8,
    left: Annotated[int, Range(0, 1023, words=mark("rectangle, or draw it"))] = 68,
    bottom: Annotated[int, Range(1, 1024, words=mark("rectangle, or draw it"))] = 396,
    right: Annotated[int, Range(1, 1024, words=mark("rectangle, or draw it"))] = 490,
    n_components: Annotated[int, Range(1, 8, words=mark("components of each colour model"))] = 5,
    strokes: Annotated[tuple, Strokes(mark("what was drawn"))] = (),
    after: Annotated[str, AFTER] = "cut once more",
    step: Annotated[int, Step(mark("iteration"))] = 5,
):
    """Figure 4.5-b: colour models and cut in turn; the energy never rises; what is touched up is kept."""
    picture = photograph(photo)
    image = picture.value
    rectangle = _inside((top, left, bottom, right), image.shape)
    options = {"picture": picture, "rectangle": rectangle, "k": n_components}
    marks = call("experiments.graphs.painted({shape}, {strokes})", shape=image.shape[:2], strokes=_plain(strokes))
    step = min(max(step, 1), N_ITER)
    if strokes and after == "learn anew":
        touched = "{picture}, {rectangle}, n_components={k}, foreground={marks} == 1, background={marks} == 2"
        states = call(f"list(graphs.grab_cut_steps({touched}))", marks=marks, **options).value
        shown = call(f"graphs.grab_cut({touched}, n_iter={{n}})", n=step, marks=marks, **options)
    else:
        cutter = call("graphs.GrabCutter({picture}, {rectangle}, n_components={k})", **options)  # it keeps its flow
        states = cutter.value.states
        shown = call("graphs.grab_cut({picture}, {rectangle}, n_components={k}, n_iter={n})", n=step, **options)
    state = states[step - 1]
    mask = state.mask
    if strokes and after == "cut once more":
        shown = call("{cutter}.cut({marks} == 1, {marks} == 2, iteration={n})", cutter=cutter, marks=marks, n=step)
        mask = shown.value
    numbers = _(
        "iteration {i} of {n}: energy {energy:.0f}, {changed} pixels changed sides; "
        "the foreground uses {k} components; the object has {share:.1%} of the picture"
    ).format(
        i=step, n=len(states), energy=state.energy, changed=state.n_changed,
        k=np.count_nonzero(state.foreground_model.weights), share=mask.mean(),
    )  # fmt: skip
    if mask is not state.mask:
        moved = np.count_nonzero(mask != state.mask)
        numbers += _("; touching up moves {n} pixels, under the same models").format(n=moved)

    drawn, (first, second, curve) = style.panels((image.shape, image.shape, 0.6))
    style.picture(first, painted_over(image, marks.value), _("Rectangle and touch-ups"), labels=mask)
    if tool == "rectangle":
        style.brush(first, image.shape[1] / 25, style.SEED, "s")
    else:
        style.brush(first, width, INKS[tool])
    t, l, b, r = rectangle
    for ink, thick in (("white", 4), (style.SEED, 2)):
        first.plot(np.array([l, r, r, l, l]) - 0.5, np.array([t, t, b, b, t]) - 0.5, color=ink, lw=thick, clip_on=False)
    style.picture(second, _cut_out(image, mask), _("The object"))
    energies = np.array([state.energy for state in states]) / 1000
    counted = np.arange(1, len(states) + 1)
    curve.plot(counted, energies, color=style.FAINT, lw=2)
    curve.plot(counted[:step], energies[:step], color=style.INK, lw=2, marker="o", ms=5)
    curve.plot(step, energies[step - 1], "o", color=style.NOW, ms=9, clip_on=False, zorder=4)
    curve.set(xlabel=_("iteration"), ylabel=_("energy / 1000"), xticks=counted)
    style.heading(curve, _("It never rises"))
    return style.tell(
        drawn,
        call=shown,
        answer=mask,
        numbers=numbers,
        alt=_(
            "“{photo}” with a rectangle and the border of the object found in it; the object on white; "
            "the energy after every iteration."
        ).format(photo=photo),
        last=len(states),
        idle=(*(("width",) if tool == "rectangle" else ()), *(() if strokes else ("after",))),
    )


def _plain(strokes):
    """Return strokes as tuples of plain numbers: they come back from the browser as lists."""
    return tuple(
        tuple(stroke) if stroke[0] == "file" else (stroke[0], stroke[1], tuple(map(tuple, stroke[2])))
        for stroke in strokes
    )


def _inside(rectangle, shape):
    """Return the rectangle moved into the picture, never empty and never all of it."""
    top, left, bottom, right = rectangle
    top, left = min(top, shape[0] - 1), min(left, shape[1] - 1)
    bottom, right = min(max(bottom, top + 1), shape[0]), min(max(right, left + 1), shape[1])
    if (top, left, bottom, right) == (0, 0, *shape[:2]):
        right = max(right - 1, 1)
    return top, left, bottom, right


def _cut_out(image, mask):
    shown = np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else image.copy()
    shown[~mask] = 255
    return shown


def _unmarked(image, marks, width, ink):
    """Show that a side is still without marks: then the cheapest cut is none."""
    drawn, (left,) = style.panels((image.shape,))
    style.picture(left, painted_over(image, marks.value), _("Mark both: the object and the ground"))
    style.brush(left, width, ink)
    return style.tell(
        drawn,
        call=marks,
        numbers=_("one side has no marks: everything on the other side costs nothing, and that is the least cut"),
        alt=_("The picture with marks for one side at most, so nothing is cut yet."),
        idle=("smoothness", "sigma"),
    )
