"""What is said to an answer: a verdict, as text or as a box in a notebook, and the words for what came."""

import html
from dataclasses import dataclass, field

import numpy as np

from seglearn.words import _


@dataclass(frozen=True, eq=False, repr=False)
class Verdict:
    """The answer to an answer; a notebook shows it as a box with the same words as its text."""

    name: str
    status: str  # "not answered", "right" or "wrong"
    message: str  # in the reader's language
    arguments: dict = field(default_factory=dict)  # of the smallest failing case, by name
    expected: object = None
    came: object = None  # what the function returned, or the exception that it raised
    hint: str = ""  # in the reader's language; empty where no slip is recognised

    def __repr__(self):
        lines = [f"{_STYLES[self.status][0]} {self.name}: {self.message}"]
        if self.arguments:
            shown = {**self.arguments, _("expected"): self.expected, _("came"): self.came}
            lines += [_line(name, value) for name, value in shown.items()]
        if self.hint:
            lines.append(_("Hint: {hint}").format(hint=self.hint))
        return "\n".join(lines)

    def _repr_html_(self):
        _sign, edge, ground = _STYLES[self.status]
        box = f"border-left:6px solid {edge};background:{ground};color:#1a1a1a;padding:8px 14px;margin:4px 0"
        text = "margin:0;padding:0;background:none;color:inherit;white-space:pre-wrap;overflow-wrap:anywhere"
        head, _newline, rest = html.escape(repr(self)).partition("\n")
        words = f"<strong>{head}</strong>" + (f"\n{rest}" if rest else "")
        return f'<div role="status" style="{box}"><pre style="{text}">{words}</pre></div>'


_STYLES = {  # sign, edge, ground: never by colour alone
    "not answered": ("…", "#8a8a8a", "#f4f4f4"),
    "right": ("✓", "#009e73", "#eaf7f2"),
    "wrong": ("✗", "#d55e00", "#fdf1e8"),
}


def as_array(value):
    """Return numbers as an array, anything else as None."""
    try:
        array = np.asarray(value)
    except Exception:  # a ragged list, or an object that refuses
        return None
    return array if array.dtype.kind in "buif" else None


def words(value, write):
    """Return what `repr` or `str` gives, if the object lets them."""
    try:
        return write(value)
    except Exception:
        return f"<{type(value).__name__}>"


def describe(value):
    """Say what kind of thing a value is, in the reader's language."""
    array = as_array(value)
    if array is None:
        return _("nothing (None)") if value is None else type(value).__name__
    if array.ndim == 0:
        kinds = {"f": _("a number (float)"), "b": _("a truth value (bool)")}
        return kinds.get(array.dtype.kind, _("a whole number (int)"))
    kinds = {"f": _("numbers (float) of shape {shape}"), "b": _("truth values (bool) of shape {shape}")}
    return kinds.get(array.dtype.kind, _("whole numbers (int) of shape {shape}")).format(shape=array.shape)


def _line(name, value):
    start, array = f"    {name} = ", as_array(value)
    if isinstance(value, Exception):
        return f"{start}{type(value).__name__}"
    if array is None:
        shown = words(value, repr)
        return start + (shown if len(shown) <= 200 else f"{shown[:200]} …")
    if array.ndim == 0:
        return f"{start}{array.item():.6g}" if array.dtype.kind == "f" else f"{start}{array.item()}"
    options = {"precision": 6, "suppress_small": True, "threshold": 200, "max_line_width": 88}
    shown = np.array2string(array, separator=", ", prefix=start, **options)
    return start + (f"({shown[1:-1]})" if isinstance(value, tuple) else shown)
