"""What a figure costs: kernel CPU for a drawn frame; in the browser, from slider press or stroke to changed pixels."""

import contextlib
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np

from seglearn import images
from seglearn.figures import style
from seglearn.figures.controls import Range, figure
from seglearn.figures.graphs import marking
from seglearn.interact import Live
from tools import browser

# In the page: milliseconds from a key press on a slider until the picture beside it has other pixels.
PRESS = """async ([slider, key]) => {
  const image = slider.closest('.seglearn').querySelector('img'), before = image.src;
  let start;
  slider.addEventListener('keydown', () => { start = performance.now(); }, {capture: true, once: true});
  window.took = new Promise(resolve => {
    const done = () => image.src !== before && image.complete;
    const look = () => done() ? resolve(performance.now() - start) : requestAnimationFrame(look);
    look();
  });
}"""
# The same from the end of a stroke.
RELEASE = """figure => {
  const image = figure.querySelector('img'), before = image.src;
  window.took = new Promise(resolve => addEventListener('pointerup', () => {
    const start = performance.now(), done = () => image.src !== before && image.complete;
    const look = () => done() ? resolve(performance.now() - start) : requestAnimationFrame(look);
    setTimeout(() => resolve(Infinity), 10_000);
    look();
  }, {capture: true, once: true}));
}"""
STROKES = {  # on the portrait, one after the other, in shares of its width and height
    "background": (((0.05, 0.05), (0.08, 0.4)), ((0.75, 0.05), (0.85, 0.5)), ((0.62, 0.1), (0.65, 0.4))),
    "foreground": (((0.72, 0.9), (0.85, 0.8)), ((0.15, 0.7), (0.25, 0.9)), ((0.4, 0.06), (0.5, 0.08))),
}
# The same picture is sent back at once: what the way to the kernel and back takes.
FLOOR = """
import anywidget, traitlets
class Echo(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
      const make = (tag, more) => Object.assign(document.createElement(tag), more);
      const image = make("img"), slider = make("input", {type: "range"}), root = make("div", {className: "seglearn"});
      root.addEventListener("keydown", event => event.stopPropagation());
      slider.oninput = () => { model.set("value", Number(slider.value)); model.save_changes(); };
      const jpeg = () => new Blob([model.get("picture")], {type: "image/jpeg"});
      model.on("change:picture", () => { image.src = URL.createObjectURL(jpeg()); });
      root.append(image, slider); el.append(root);
    } }'''
    value = traitlets.Int(0).tag(sync=True)
    picture = traitlets.Bytes(b"").tag(sync=True)
from benchmarks.bench_frames import two_panels
from seglearn.figures import style
frames = [style.encode(two_panels(shift=s), "jpeg") for s in (0, 1)]
echo = Echo()
echo.observe(lambda change: setattr(echo, "picture", frames[change["new"] % 2]), "value")
echo
"""


@figure("0-0", "two panels of 512 x 512")
def two_panels(*, shift: Annotated[int, Range(0, 500)] = 0):
    """Show a photograph and the same one moved by some columns: nothing but the cost of drawing."""
    image = images.load("astronaut")
    drawn, (left, right) = style.panels((image.shape, image.shape))
    style.picture(left, image, "A photograph")
    style.picture(right, np.roll(image, shift, axis=1), f"moved by {shift}")
    return style.tell(drawn, call=f"np.roll(image, {shift}, axis=1)", numbers=f"{shift} columns", alt="two pictures")


def cpu_of_a_drawn_frame(frames=40):
    """Return the median milliseconds of kernel CPU for one frame of two panels of 512 x 512, drawn and encoded."""
    live = Live(two_panels)
    times = []
    for shift in range(1, frames + 1):
        start = time.process_time()
        live.set(shift=shift)
        times.append(1e3 * (time.process_time() - start))
    return statistics.median(times)


def in_the_browser(presses=30):
    """Return median milliseconds from slider press to changed pixels: (floor, drawn frame, cached frame)."""
    shown = "from benchmarks.bench_frames import two_panels\nfrom seglearn.interact import show\nshow(two_panels)"
    with _opened(FLOOR, shown) as page:
        floor, slider = page.locator(".seglearn input[type=range]").all()
        return (
            _median(page, floor, ["ArrowRight"] * presses),
            _median(page, slider, ["ArrowRight"] * presses),
            _median(page, slider, ["ArrowLeft"] * presses),  # back over frames that are kept
        )


def after_strokes(name, **values):
    """Return the milliseconds from the end of each stroke to the new cut of a figure on the portrait, 512 x 512."""
    values = {"photo": "astronaut", **values}
    shown = f"""
from seglearn.figures.graphs import marking
from seglearn.interact import show
show(marking.{name}, **{values!r})
"""
    left, top, right, bottom = style.boxes(getattr(marking, name)(**values))[0]["box"]  # of the frame
    times = []
    with _opened(shown) as page:
        figure = page.locator(".seglearn")
        figure.scroll_into_view_if_needed()
        figure.locator("img").wait_for()
        page.wait_for_timeout(2000)  # drawn, and at rest
        for brush, strokes in STROKES.items():
            figure.locator(".choice select").first.select_option(brush)
            page.wait_for_timeout(500)  # the brush over the picture is drawn anew
            for ends in strokes:
                box = figure.locator("img").bounding_box()
                start, end = (
                    (
                        box["x"] + (left + x * (right - left)) * box["width"],
                        box["y"] + (top + y * (bottom - top)) * box["height"],
                    )
                    for x, y in ends
                )
                page.mouse.move(*start)
                page.mouse.down()
                page.mouse.move(*end, steps=8)
                page.evaluate(RELEASE, figure.element_handle())
                page.mouse.up()
                times.append(page.evaluate("() => window.took"))
                page.wait_for_timeout(200)
    return times


@contextlib.contextmanager
def _opened(*sources):
    """Open a notebook of these cells in the browser, run it, and hand over the page."""
    root = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        for i, source in enumerate((root, *sources))
    ]
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "frames.ipynb")
        path.write_text(json.dumps({"cells": cells, "metadata": spec, "nbformat": 4, "nbformat_minor": 5}))
        with browser.open_notebook(path) as page:
            browser.run_all(page)
            yield page


def _median(page, slider, keys):
    slider.scroll_into_view_if_needed()
    times = []
    for key in keys:
        page.evaluate(PRESS, [slider.element_handle(), key])
        slider.press(key)
        times.append(page.evaluate("() => window.took"))
        page.wait_for_timeout(40)
    return statistics.median(times[2:])


def rows():
    yield "kernel CPU of a drawn frame, two panels 512 x 512", "target 35 ms", f"{cpu_of_a_drawn_frame():.1f} ms"
    if browser.chromium() is None:
        yield "slider press to changed pixels", "no browser on this machine", "-"
        return
    floor, drawn, cached = in_the_browser()
    yield "slider press to changed pixels: transport floor", "the frame is sent back as it is", f"{floor:.0f} ms"
    yield "slider press to changed pixels: cached frame", "target 60 ms", f"{cached:.0f} ms"
    yield "slider press to changed pixels: drawn frame", "target 100 ms", f"{drawn:.0f} ms"
    rectangle = {side: marking.HELMET[side] for side in ("top", "left", "bottom", "right")}
    for name, values in (("scribble", {"strokes": marking.PORTRAIT}), ("grab_cut", rectangle)):
        strokes = after_strokes(name, **values)
        yield (
            f"end of a stroke to the new cut of 512 x 512, {name}: median",
            "target 300 ms",
            f"{statistics.median(strokes):.0f} ms; {' '.join(f'{t:.0f}' for t in strokes)}",
        )
