"""Figures that live: the only file that knows widgets.

One widget holds a figure: its picture as bytes, native sliders and drop-downs, the mouse in data coordinates.
Drawing is synchronous, so the widget protocol itself keeps one message in flight: no debouncing is needed.
"""

import base64
import inspect
import sys
from collections import OrderedDict
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from IPython.display import Code

from seglearn import checks, images
from seglearn.figures import controls, drafts, style
from seglearn.figures.uploads import own_photo
from seglearn.words import _, mark

CACHE_BYTES = 48_000_000  # of frames kept for one figure, as JPEG
BUTTONS = {
    "play": mark("Play"),
    "pause": mark("Pause"),
    "reset": mark("Reset"),
    "copy": mark("Copy"),
    "copied": mark("Copied"),
    "upload": mark("Your photo…"),
    "busy": mark("Working…"),
    "presets": mark("Try:"),
    "call": mark("The call behind this picture"),
    "present": mark("Present"),
    "undo": mark("Undo"),
    "clear": mark("Clear"),
    "silent": mark("No answer from the kernel for a minute. Is it still running? Run the cell again if in doubt."),
}


def show(figure, **parameters):
    """Show a figure of `seglearn.figures` with its controls; `parameters` replace its defaults.

    Where no kernel runs (a code host, exported HTML, slides) the same object is a PNG with a text.
    """
    return Live(figure, **parameters)


def code(function, *names, folded=False):
    """Show the package's own source of a function, as it runs; or of those beside it in its file, by their names.

    `folded` code opens with a click: a loop that is tuned for speed is not where a reader begins.
    """
    place = sys.modules[function.__module__]
    shown = [getattr(place, name) for name in names] or [function]
    source = Code("\n\n".join(inspect.getsource(part).rstrip() for part in shown), language="python")
    return _Folded(source, ", ".join(names or [function.__name__])) if folded else source


class _Folded:
    """A piece of code under a line that opens it."""

    def __init__(self, source, names):
        self._source, self._names = source, names

    def _repr_html_(self):
        title = _("The package's own code: {names}").format(names=self._names)
        return f"<details><summary>{title}</summary>{self._source._repr_html_()}</details>"

    def __repr__(self):
        return self._source.data


class Live(anywidget.AnyWidget):
    """A figure with its controls, its numbers and its call. `set(name=value)` does what the controls do."""

    _esm = Path(__file__).with_suffix(".js")
    _css = Path(__file__).with_suffix(".css")

    values = traitlets.Dict().tag(sync=True)  # {parameter: value}; the browser and the reader set it
    picture = traitlets.Bytes().tag(sync=True)  # the frame, JPEG
    panels = traitlets.List().tag(sync=True)  # each panel's box and limits: from pixels to data coordinates
    texts = traitlets.Dict().tag(sync=True)  # number, title, alt, numbers, call, notice, error
    last = traitlets.Int().tag(sync=True)  # where the step control ends
    idle = traitlets.List().tag(sync=True)  # the controls that change nothing as the others stand
    size = traitlets.List().tag(sync=True)  # (width, height) of the picture in the page, pixels
    ratio = traitlets.Float(1.0).tag(sync=True)  # the frame's pixels over these
    drawn = traitlets.Int().tag(sync=True)  # frames shown so far; a change tells the browser that one is there
    controls = traitlets.List().tag(sync=True)
    presets = traitlets.List().tag(sync=True)
    gesture = traitlets.Unicode().tag(sync=True)  # what the mouse draws: "", "point", "rectangle", "scribble"
    buttons = traitlets.Dict().tag(sync=True)

    def __init__(self, figure, **parameters):
        self._figure = figure
        self._controls = controls.controls(figure)
        self._start = {**controls.defaults(figure), **parameters}
        self._frames = OrderedDict()  # frames by their values, the last used at the end
        self._open = False
        self._parts = []  # of an upload under way
        self._shown = self._start
        frame = self._frame(self._start)  # before the widget opens: what is wrong with the figure is raised here
        super().__init__(
            controls=[_describe(name, control, self._start[name]) for name, control in self._controls.items()],
            presets=[_(name) for name in figure.presets],
            gesture=next(iter(figure.gesture), ""),
            buttons={key: _(text) for key, text in BUTTONS.items()},
            **frame,
        )
        self._open = True
        self.observe(self._on_values, "values")
        self.on_msg(self._on_message)

    def set(self, **parameters):
        """Set parameters and draw, as the controls do. An error is shown in the figure and raised."""
        self._turn({**self.values, **parameters})

    def reset(self):
        """Bring the defaults back."""
        self._turn(dict(self._start))

    def choose(self, preset):
        """Take the preset of this number, counted from 0."""
        presets = list(self._figure.presets.values())
        self._turn({**self._start, **presets[checks.integer(preset, "preset", 0, len(presets) - 1)]})

    def close(self):
        """Leave the page, and give back the frames."""
        self._frames.clear()
        self._parts = []
        self.unobserve_all()
        super().close()

    def draw(self, panel, path):
        """Do what the mouse does: `path` holds the (x, y) that it passed, in data coordinates of panel `panel`."""
        if panel != 0 or not self._figure.gesture:
            return
        kind, names = next(iter(self._figure.gesture.items()))
        points = tuple(dict.fromkeys((round(x), round(y)) for x, y in path))
        if kind == "scribble" and len(names) > 1:
            strokes, brush, width, *names = names
            if self.values[brush] == "rectangle":
                kind = "rectangle"
            else:
                found = {strokes: (*self.values[strokes], (self.values[brush], self.values[width], points))}
        if kind == "point":
            found = dict(zip(names, path[-1]))
        elif kind == "rectangle":
            (x0, y0), (x1, y1) = path[0], path[-1]
            found = dict(zip(names, (min(y0, y1), min(x0, x1), max(y0, y1), max(x0, x1))))
        elif len(names) == 1:
            found = {names[0]: points}
        self.set(**{name: _fit(value, self._controls.get(name)) for name, value in found.items()})

    def upload(self, name, data):
        """Take the bytes of the reader's own photo as the value of the photo control."""
        parameter = next(name for name, control in self._controls.items() if isinstance(control, controls.Photo))
        try:
            path, notice = own_photo(name, data)
        except (ValueError, OSError) as error:
            self._say(error=str(error))
            return
        described = [_describe(key, control, self.values[key]) for key, control in self._controls.items()]
        for control in described:
            if control["name"] == parameter and all(option["value"] != path for option in control["options"]):
                control["options"].append({"value": path, "label": Path(path).name})
        self.controls = described
        self.set(**{parameter: path})
        self.texts = {**self.texts, "notice": notice}

    def _on_values(self, change):
        if change["new"] != self._shown:
            self._turn(change["new"])

    def _turn(self, values):
        """Show what these values give. If they give an error, tell it, stay with the last good ones, and raise."""
        before = self.picture, self.ratio, self.texts
        try:
            frame = self._frame(values)
        except Exception as error:
            self.picture, self.ratio, self.texts = before  # in place of a draft of what failed
            self._say(error=_sentence(error), notice="")
            self.values = dict(self._shown)
            raise
        self._show(frame)

    def _say(self, **texts):
        with self.hold_sync():
            self.texts = {**self.texts, **texts}
            self.drawn += 1

    def _show(self, frame):
        self._shown = frame["values"]
        with self.hold_sync():
            for name, value in frame.items():
                setattr(self, name, value)
            self.drawn += 1

    def _draft(self, figure):
        """Show a figure that isn't finished, while the browser goes on waiting."""
        if self._open:  # before that there is no page yet
            self.picture, self.ratio = style.encode(figure, "jpeg"), 1.0
            self.texts = {**self.texts, "numbers": figure.numbers, "error": ""}

    def _frame(self, values, ratio=1.0):
        """Return the traits that show these values, drawn or remembered."""
        key = self._key(values), ratio
        if key not in self._frames:
            with drafts.watched(self._draft):
                figure = self._figure(**values)
            texts = {
                "number": _("Figure {0}").format(self._figure.number),
                "title": _(self._figure.title),
                "alt": figure.alt,
            }
            texts |= {"numbers": figure.numbers, "call": figure.call, "notice": "", "error": ""}
            for name, control in self._controls.items():
                if isinstance(control, controls.Step):  # the run of these values may be shorter than the last one
                    values = {**values, name: min(values[name], figure.last)}
            frame = {"values": values, "picture": style.encode(figure, "jpeg", ratio), "ratio": ratio}
            frame |= {"panels": style.boxes(figure), "size": list(figure.canvas.get_width_height())}
            self._frames[key] = {**frame, "texts": texts, "last": figure.last, "idle": figure.idle}
            while len(self._frames) > 1 and sum(len(f["picture"]) for f in self._frames.values()) > CACHE_BYTES:
                self._frames.popitem(last=False)
        self._frames.move_to_end(key)
        return self._frames[key]

    def _key(self, values):
        """Name a frame by its values; the reader's own photo by its content, for the file may be replaced."""
        own = [
            images.fingerprint(values[name])
            for name, control in self._controls.items()
            if isinstance(control, controls.Photo) and name in values and values[name] not in control.options
        ]
        return str((sorted(values.items()), own))

    def _on_message(self, _widget, content, buffers):
        """Do what the browser asks for beside plain values."""
        drawn = self.drawn
        try:
            self._do(content, buffers)
        except Exception as error:  # told in the figure: where the browser asked, nobody reads a traceback
            if self.drawn == drawn:
                self._say(error=_sentence(error))
        if self.drawn == drawn:  # nothing to draw; the browser waits for an answer all the same
            self.drawn += 1

    def _do(self, content, buffers):
        kind = content["kind"]
        if kind == "set":
            self.set(**content["values"])
        elif kind == "draw":
            self.draw(content["panel"], content["path"])
        elif kind == "preset":
            self.choose(content["preset"])
        elif kind == "reset":
            self.reset()
        elif kind == "sharpen":
            self._show(self._frame(self._shown, float(np.clip(content["ratio"], 1, 3))))
        elif kind == "upload":  # in parts, since servers refuse large messages
            self._parts = [*(self._parts if content["part"] else []), bytes(buffers[0])]
            if content["part"] == content["parts"] - 1:
                data, self._parts = b"".join(self._parts), []
                self.upload(content["name"], data)

    def _repr_mimebundle_(self, **options):
        """Return the live widget and, for readers without a kernel, a PNG and a text."""
        bundle = super()._repr_mimebundle_(**options)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        figure = self._figure(**self._shown)
        caption = _("{number}. {alt}").format(number=self.texts["number"], alt=figure.alt)
        text = f"{caption}\n{figure.numbers}\n{figure.call}"
        png = base64.b64encode(style.encode(figure, "png")).decode()
        return {**data, "image/png": png, "text/plain": text}, {**metadata, "image/png": {"alt": figure.alt}}


def _describe(name, control, value):
    """Return a control as plain data, for the browser to build."""
    described = {"name": name, "kind": type(control).__name__.lower(), "words": control.words and _(control.words)}
    if isinstance(control, controls.Range):
        return {**described, "low": control.low, "high": control.high, "step": control.step}
    if isinstance(control, controls.Step):
        return {**described, "low": 0, "step": 1}
    if isinstance(control, controls.Strokes):
        return described
    options = list(control.options)
    if value not in options:  # a photo of the reader's
        options.append(value)
    return {**described, "options": [{"value": option, "label": _label(option)} for option in options]}


def _sentence(error):
    """Say what went wrong: a refusal of ours as it is, anything else with its kind."""
    words = str(error)
    return words if isinstance(error, ValueError) else f"{type(error).__name__}: {words}"


def _label(option):
    """Show an option's word in the reader's language, and a path by its file's name."""
    option = str(option)
    return Path(option).name if "/" in option else _(option)


def _fit(value, control):
    """Bring a number from the mouse onto the grid of its slider."""
    if not isinstance(control, controls.Range):
        return value
    value = control.low + round((value - control.low) / control.step) * control.step
    value = min(max(value, control.low), control.high)
    return value if isinstance(control.step, float) else int(value)
