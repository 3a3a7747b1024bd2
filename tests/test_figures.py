"""Every figure: at its defaults, at both ends of every control, at every preset; its words, its call, its picture."""

import dataclasses
import io
import os

import numpy as np
import pytest
from PIL import Image

import seglearn
from seglearn import figures, words
from seglearn.figures import controls, style
from seglearn.figures.call import imports
from tools.figures import FOLDER, MOVING, file_name

FIGURES = {f.__name__: f for f in figures.all_figures()}
ENDS = [(name, p, v) for name, f in FIGURES.items() for p, c in controls.controls(f).items() for v in c.ends()]
PRESETS = [(name, preset) for name, f in FIGURES.items() for preset in f.presets]


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=float)


def check_told(drawn):
    """A figure has its words, and its text fits into it."""
    assert drawn.call
    assert drawn.numbers
    assert len(drawn.alt) > 20
    style.encode(drawn, "jpeg")  # "Glyph missing" is an error, by pyproject.toml
    width, height = drawn.canvas.get_width_height()
    assert width == style.WIDTH * style.DPI
    assert height <= 420  # on a laptop it is seen together with its controls
    renderer = drawn.canvas.get_renderer()
    for axes in drawn.axes:
        for text in [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]:
            if text.get_text() and text.get_visible():
                box = text.get_window_extent(renderer)
                assert text.get_fontsize() >= 11
                assert box.x0 > -1, text
                assert box.x1 < width + 1, text
                assert box.y0 > -1, text
                assert box.y1 < height + 1, text


@pytest.mark.parametrize("name", FIGURES)
def test_at_its_defaults(name):
    check_told(FIGURES[name]())


@pytest.mark.parametrize(("name", "parameter", "value"), ENDS)
def test_at_both_ends_of_every_control(name, parameter, value):
    check_told(FIGURES[name](**{parameter: value}))


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_at_every_preset(name, preset):
    function = FIGURES[name]
    check_told(function(**function.presets[preset]))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("flooding", {}),
        ("families", {}),
        ("families", {"source": "the photograph"}),
        ("scribble", FIGURES["scribble"].presets["no foreground marked"]),
        ("grab_cut", {}),
        ("grab_cut", {"tool": "foreground"}),
    ],
)
def test_a_control_said_to_be_idle_changes_nothing(name, values):
    function = FIGURES[name]
    drawn = function(**values)
    assert drawn.idle
    for parameter in drawn.idle:
        for value in controls.controls(function)[parameter].ends():
            other = function(**values, **{parameter: value})
            assert style.encode(other) == style.encode(drawn)
            assert (other.call, other.numbers) == (drawn.call, drawn.numbers)


@pytest.mark.parametrize("name", [n for n, f in FIGURES.items() if len(f.gesture.get("scribble", ())) > 1])
def test_the_brush_is_seen_before_it_is_used(name):
    function = FIGURES[name]
    _, brush, width = function.gesture["scribble"][:3]
    for parameter, more in ((brush, {}), (width, {brush: controls.controls(function)[brush].options[-1]})):
        ends = controls.controls(function)[parameter].ends()
        assert len({style.encode(function(**more, **{parameter: value})) for value in ends}) == len(ends)


@pytest.mark.parametrize("name", FIGURES)
def test_every_parameter_has_a_control_that_allows_its_default_and_presets(name):
    function = FIGURES[name]
    known = controls.controls(function)
    assert list(known) == list(controls.defaults(function))
    for values in [controls.defaults(function), *function.presets.values()]:
        for parameter, value in values.items():
            control = known[parameter]
            if isinstance(control, controls.Range):
                assert control.low <= value <= control.high
            elif not isinstance(control, (controls.Step, controls.Strokes)):
                assert value in control.options


def same(a, b):
    if dataclasses.is_dataclass(a):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(same, a, b))
    if hasattr(a, "toarray"):
        return same(a.toarray(), b.toarray())
    a, b = np.asarray(a), np.asarray(b)
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


@pytest.mark.parametrize(("name", "preset"), [*((name, None) for name in FIGURES), *PRESETS])
def test_the_call_gives_what_is_seen_when_pasted(name, preset):
    drawn = FIGURES[name](**FIGURES[name].presets.get(preset, {}))
    namespace = {}
    exec(imports(drawn.call), namespace)
    assert same(eval(drawn.call, namespace), drawn.answer)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.skipif(words.cjk_font() is None and os.environ.get("CI") != "true", reason="no Chinese font here")
def test_in_chinese(name, monkeypatch):
    english = FIGURES[name]()
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    chinese = FIGURES[name]()
    check_told(chinese)
    assert chinese.alt != english.alt
    assert chinese.call == english.call


@pytest.mark.parametrize("name", FIGURES)
def test_words_are_english_where_no_chinese_font_exists(name, monkeypatch):
    english = FIGURES[name]()
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    monkeypatch.setattr(words, "cjk_font", lambda: None)
    drawn = FIGURES[name]()
    check_told(drawn)
    assert drawn.numbers == english.numbers


@pytest.mark.parametrize("name", FIGURES)
def test_twice_the_same_bytes(name):
    for kind in ("png", "svg"):
        assert style.encode(FIGURES[name](), kind) == style.encode(FIGURES[name](), kind)


@pytest.mark.parametrize("name", FIGURES)
def test_the_picture_in_the_folder_is_the_figure(name):
    """`make figures` writes them; processors differ in the last bit, hence the tolerance."""
    committed = (FOLDER / f"{file_name(FIGURES[name])}.png").read_bytes()
    kept, drawn = pixels(committed), pixels(style.encode(FIGURES[name]()))
    assert kept.shape == drawn.shape
    assert np.sqrt(((kept - drawn) ** 2).mean()) < 2


def test_the_folder_holds_nothing_else():
    assert {path.name for path in FOLDER.iterdir()} == {MOVING, *(f"{file_name(f)}.png" for f in FIGURES.values())}


def test_each_figure_has_a_number_of_its_own():
    numbers = [function.number for function in FIGURES.values()]
    assert len(set(numbers)) == len(numbers)


def test_an_unknown_parameter_is_refused():
    with pytest.raises(ValueError, match=r"non_convex\(\): expected parameters among .* got \['k'\]"):
        figures.clustering.non_convex(k=3)


def test_the_palette_tells_neighbours_apart():
    colors = style.palette(24).astype(int)
    distances = np.abs(colors[:, None] - colors[None]).sum(-1)
    assert distances[~np.eye(24, dtype=bool)].min() > 20
    assert (style.palette(50)[24:48] == style.palette(24)).all()


def test_methods_start_without_matplotlib():
    import subprocess
    import sys

    code = "import seglearn.clustering, sys; sys.exit('matplotlib' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert seglearn.__version__
