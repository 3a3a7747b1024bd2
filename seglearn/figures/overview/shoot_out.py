"""Figure 4.1-b: eighteen methods of the chapter on the same picture."""

from typing import Annotated

import numpy as np
from matplotlib.patches import Rectangle

from seglearn import images
from seglearn.experiments import overview
from seglearn.experiments.fields import mean_colors
from seglearn.figures import drafts, style
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import PHOTOS, Choice, Photo, Range, figure
from seglearn.words import _, mark

STREETS = {mark("street 1"): 3, mark("street 2"): 0, mark("street 3"): 7, mark("street 4"): 11}  # held-out scenes
ORDERS = (mark("chapter"), mark("borders"), mark("covering"), mark("time"))
COLUMNS = 4  # of the contact sheet
TABLE = (100, 140)  # the shape of the panel of the table
GAP = 3  # pixels between the tiles
TALLEST = 3.35  # inches: three rows of controls are to be seen as well


@figure(
    "4.1-b",
    mark("Eighteen methods on one picture"),
    presets={
        mark("a cup of coffee"): {},
        mark("coins: a threshold is enough"): {"photo": "coins", "method": "adaptive", "order": "covering"},
        mark("a street: networks know it"): {"photo": "street 1", "method": "FCN-8s", "order": "covering"},
        mark("the quickest first"): {"order": "time"},
        mark("K-Means with K = 32"): {"doublings": 3},
        mark("Canny, far too keen"): {"method": "Canny", "doublings": -3},
        mark("a network in the dark"): {"photo": "street 1", "method": "FCN-8s", "doublings": -2},
    },
)
def shoot_out(
    *,
    photo: Annotated[str, Photo((*PHOTOS, *STREETS), mark("picture"))] = "coffee",
    method: Annotated[str, Choice(tuple(overview.METHODS), mark("method that is shown large"))] = "K-Means",
    doublings: Annotated[int, Range(-3, 3, words=mark("spoil it: times doubled"))] = 0,
    order: Annotated[str, Choice(ORDERS, mark("table in the order of"))] = "chapter",
):
    """Figure 4.1-b: the answers of all methods, one of them large, and the table of their scores.

    Times differ at every run, so the table has them only where it is sorted by them.
    """
    scene = _scene(photo)
    run = call(
        "[entry and entry.labels for entry in experiments.overview.shoot_out({scene}, {name}, {n}).values()]",
        scene=scene, name=method, n=doublings,
    )  # fmt: skip
    entries = {}
    for name in overview.METHODS:
        entries[name] = _entry(name, scene, doublings if name == method else 0)
        drafts.draft(lambda: _drawn(scene, entries, run, method, order))
    return _drawn(scene, entries, run, method, order)


def _drawn(scene, entries, run, method, order):
    """Draw the answers that are there, of all or of the first methods."""
    truth, image = scene.value.truth, _rgb(scene.value.image)
    judged = {name: overview.judge(e, truth) for name, e in entries.items() if e is not None and truth is not None}
    tile = image.shape[0] + GAP, image.shape[1] + GAP
    n_rows = -(-len(overview.METHODS) // COLUMNS)
    pile = style.Pile((image.shape, image.shape))
    drawn, (large, flat, sheet, table) = style.panels(
        (pile, (n_rows * tile[0], COLUMNS * tile[1]), TABLE), tallest=TALLEST
    )
    chosen, word = entries.get(method), _(overview.METHODS[method].parameter)
    if chosen is None:
        for axes in (large, flat):
            style.picture(axes, image, _("needs PyTorch") if method in entries else _("Working…"))
    else:
        style.picture(large, image, _(method), chosen.labels)
        style.picture(flat, _flat(chosen, image, method), f"{word} = {chosen.value:g}")
    _sheet(sheet, entries, image, tile, method)
    _table(table, entries, judged, order, method)
    if judged and order != "time":
        _line_to_beat(table, overview.one_region(truth))
    return style.tell(
        drawn,
        call=run,
        answer=[entry and entry.labels for entry in entries.values()],
        numbers=_numbers(entries, judged, method, order),
        alt=_(
            "One picture with the borders that {method} found, a sheet of small pictures with the answers of {n} "
            "methods, and a table of their scores."
        ).format(method=_(method), n=len(overview.METHODS)),
    )


def _scene(photo):
    """Return the call for the picture, with its truth where there is one."""
    if photo in STREETS:
        return call("experiments.overview.street({k})", k=STREETS[photo])
    try:
        images.ground_truth(photo)
    except ValueError:
        return call("experiments.overview.scene({picture})", picture=photograph(photo))
    return call(
        "experiments.overview.scene({picture}, images.ground_truth({name}))", picture=photograph(photo), name=photo
    )


def _entry(name, scene, doublings):
    """Return one method's answer, remembered: who moves a slider waits for one method alone."""
    return call("experiments.overview.compete({name}, {scene}, {n})", name=name, scene=scene, n=doublings).value


def _flat(entry, image, name):
    """Return regions in their mean colours, edges in black on white."""
    if overview.METHODS[name].finds == "edges":
        return np.where(entry.edges, np.uint8(0), np.uint8(255))[..., None].repeat(3, axis=2)
    _names, regions = np.unique(entry.labels, return_inverse=True)
    regions = regions.reshape(entry.labels.shape)
    return np.rint(255 * mean_colors(image, regions)).astype(np.uint8)[regions]


def _sheet(axes, entries, image, tile, method):
    """Draw all answers as small pictures with their numbers."""
    n_methods = len(overview.METHODS)
    canvas = np.full((-(-n_methods // COLUMNS) * tile[0], COLUMNS * tile[1], 3), 255, np.uint8)
    corners = [(k // COLUMNS * tile[0], k % COLUMNS * tile[1]) for k in range(n_methods)]
    for (top, left), (name, entry) in zip(corners, entries.items()):  # the last ones are still to come, or all there
        shown = np.full(image.shape, 235, np.uint8) if entry is None else _flat(entry, image, name)
        canvas[top : top + image.shape[0], left : left + image.shape[1]] = shown
    style.picture(axes, canvas, _("All methods"))
    for k, (top, left) in enumerate(corners):
        box = {"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none"}
        axes.text(left + 4, top + 4, str(k + 1), ha="left", va="top", bbox=box, fontsize=11)
    top, left = corners[list(overview.METHODS).index(method)]
    frame = (left - 0.5, top - 0.5), image.shape[1], image.shape[0]
    axes.add_patch(Rectangle(*frame, fill=False, ec=style.NOW, lw=3))


def _table(axes, entries, judged, order, method):
    """Write the scores, a method a line, the best first where they are sorted."""
    numbers = {name: k + 1 for k, name in enumerate(overview.METHODS)}
    by_time = order == "time"
    columns = {0.0: _("no."), 0.09: _("method"), 0.58: _("regions"), 0.78: _("borders"), 1.0: _("covering")}
    if by_time:
        columns[1.0] = _("ms")
    axes.set(xlim=(-0.02, 1.02), ylim=(len(overview.METHODS) + 1, 0))
    for place, word in columns.items():
        axes.text(
            place, -0.15, word, ha="left" if place < 0.5 else "right", va="bottom", color=style.INK, clip_on=False
        )
    for k, name in enumerate(_sorted(entries, judged, order)):
        entry, score = entries[name], judged.get(name)
        color = style.NOW if name == method else style.INK
        last = "–" if score is None else f"{score.covering:.2f}"
        if entry is None:
            cells = (_("needs PyTorch"), "", "")
        else:
            last = _milliseconds(entry) if by_time else last
            cells = str(len(np.unique(entry.labels))), "–" if score is None else f"{score.boundary:.2f}", last
        texts = (str(numbers[name]), _(name), *cells)
        for place, text in zip(columns, texts):
            side = "left" if place < 0.5 else "right"
            place = 1.0 if entry is None and text == cells[0] else place
            axes.text(
                place, k + 0.5, text, ha=side, va="center", color=color, weight="bold" if name == method else None
            )


def _line_to_beat(axes, scores):
    """Write under the table what one region over the whole picture scores."""
    row = len(overview.METHODS)
    cells = {0.0: "–", 0.09: _("one region"), 0.58: "1", 0.78: f"{scores.boundary:.2f}", 1.0: f"{scores.covering:.2f}"}
    for place, text in cells.items():
        axes.text(place, row + 0.55, text, ha="left" if place < 0.5 else "right", va="center", style="italic")


def _sorted(entries, judged, order):
    """Return the methods in an order; those without a score at the end, equals as in the chapter."""
    if order == "chapter" or (order != "time" and not judged):
        return list(entries)
    missing = [name for name, entry in entries.items() if entry is None]
    there = [name for name in entries if name not in missing]
    if order == "time":
        return sorted(there, key=lambda name: entries[name].seconds) + missing
    field = {"borders": "boundary", "covering": "covering"}[order]
    return sorted(there, key=lambda name: -round(getattr(judged[name], field), 6)) + missing


def _numbers(entries, judged, method, order):
    """Say how the chosen method did, and who did best; before all have, how many have."""
    if len(entries) < len(overview.METHODS):
        return _("{n} of {all} methods have answered; next: {name}").format(
            n=len(entries), all=len(overview.METHODS), name=_(list(overview.METHODS)[len(entries)])
        )
    entry = entries[method]
    if entry is None:
        return _("{method} needs PyTorch: pip install torch safetensors tqdm").format(method=_(method))
    told = _("{method}, {parameter} = {value:g}").format(
        method=_(method), parameter=_(overview.METHODS[method].parameter), value=entry.value
    )
    if method in judged:
        told += _(": borders {f:.2f}, covering {c:.2f}").format(f=judged[method].boundary, c=judged[method].covering)
        best = [max(judged, key=lambda name, f=f: round(getattr(judged[name], f), 6)) for f in ("boundary", "covering")]
        told += _("; best borders: {one} {f:.2f}, best covering: {other} {c:.2f}").format(
            one=_(best[0]), f=judged[best[0]].boundary, other=_(best[1]), c=judged[best[1]].covering
        )
    if order == "time":
        told += _("; it took {ms} ms").format(ms=_milliseconds(entry))
    return told


def _milliseconds(entry):
    """Return a time to two digits, for more are noise."""
    return f"{float(f'{1e3 * entry.seconds:.2g}'):g}"


def _rgb(image):
    return np.dstack([image] * 3) if image.ndim == 2 else image
