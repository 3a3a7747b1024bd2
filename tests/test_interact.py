"""The live figure, without a browser: what its controls, buttons and mouse do, through the same doors."""

import io
from typing import Annotated

import numpy as np
import pytest
from PIL import Image

from seglearn import figures, images
from seglearn.figures import controls, style
from seglearn.figures.controls import Choice, Photo, Range, Step, figure
from seglearn.interact import Live, show

CALLS = []


@figure("0-0", "A figure for tests", presets={"far": {"x": 7, "y": 0.5}}, gesture={"point": ("x", "y")})
def plain(
    *,
    x: Annotated[int, Range(0, 9)] = 2,
    y: Annotated[float, Range(0.0, 1.0, 0.25)] = 0.5,
    way: Annotated[str, Choice(("up", "down"))] = "up",
    step: Annotated[int, Step()] = 0,
):
    CALLS.append((x, y, way, step))
    if x == 9:
        raise ZeroDivisionError("nine is too many")
    drawn, (axes,) = style.panels((2.0,))
    axes.plot([x], [y], "o")
    axes.set(xlim=(0, 9), ylim=(0, 1))
    return style.tell(drawn, call=f"({x}, {y})", numbers=f"x is {x}", alt="a dot somewhere in a box", last=x)


@figure("0-1", "A photo for tests")
def photo(*, name: Annotated[str, Photo(("coins",))] = "coins"):
    image = images.load(name)
    drawn, (axes,) = style.panels((image.shape,))
    style.picture(axes, image, "photo")
    return style.tell(drawn, call=f'images.load("{name}")', numbers=str(image.shape), alt="a photograph, alone")


@pytest.fixture
def live():
    CALLS.clear()
    return show(plain)


def test_a_change_draws_and_tells(live):
    before = live.picture
    live.values = {**live.values, "x": 5}
    assert live.picture != before
    assert live.texts["numbers"] == "x is 5"
    assert live.texts["call"] == "(5, 0.5)"
    assert live.last == 5


def test_defaults_may_be_replaced_and_reset_brings_them_back():
    live = show(plain, x=4)
    live.set(x=6, way="down")
    live.reset()
    assert live.values == {"x": 4, "y": 0.5, "way": "up", "step": 0}
    assert live.texts["numbers"] == "x is 4"


def test_a_frame_seen_before_is_not_drawn_again(live):
    live.set(x=3)
    picture, drawn = live.picture, len(CALLS)
    live.set(x=4)
    live.set(x=3)
    assert live.picture == picture
    assert len(CALLS) == drawn + 1


def test_the_frames_kept_are_bounded(live, monkeypatch):
    monkeypatch.setattr("seglearn.interact.CACHE_BYTES", 3 * len(live.picture))
    for x in range(8):
        live.set(x=x)
    assert len(live._frames) <= 3


def test_the_step_ends_where_the_run_ends(live):
    live.set(x=6, step=6)
    live.set(x=3)
    assert live.values["step"] == 3
    assert live.last == 3


def test_every_request_is_answered_even_if_nothing_changes(live):
    drawn = live.drawn
    live.set(x=5)
    live.set(x=6)
    assert live.drawn == drawn + 2


def test_a_request_for_what_is_shown_is_answered(live):
    drawn = live.drawn
    live._on_message(live, {"kind": "reset"}, [])
    assert live.drawn == drawn + 1


def test_an_error_is_shown_and_raised_and_passes(live):
    with pytest.raises(ZeroDivisionError):
        live.set(x=9)
    assert live.texts["error"] == "ZeroDivisionError: nine is too many"
    live.set(x=1)
    assert live.texts["error"] == ""


def test_an_error_at_the_start_is_raised():
    with pytest.raises(ZeroDivisionError):
        show(plain, x=9)


def test_an_unknown_parameter_is_refused():
    with pytest.raises(ValueError, match="expected parameters among"):
        show(plain, z=1)


def test_a_click_sets_its_parameters_on_the_grid_of_their_sliders(live):
    live._on_message(live, {"kind": "draw", "panel": 0, "path": [[3.9, 0.1], [6.4, 0.7]]}, [])
    assert live.values["x"] == 6
    assert isinstance(live.values["x"], int)
    assert live.values["y"] == 0.75
    live.draw(0, [(-3, 9)])
    assert (live.values["x"], live.values["y"]) == (0, 1.0)


def test_a_click_in_another_panel_leaves_the_figure_alone(live):
    before = dict(live.values)
    drawn = live.drawn
    live._on_message(live, {"kind": "draw", "panel": 1, "path": [[6, 0.75]]}, [])
    assert live.values == before
    assert live.drawn == drawn + 1  # the browser waits for an answer


def test_rectangles_and_scribbles():
    @figure("0-2", "box", gesture={"rectangle": ("top", "left", "bottom", "right")})
    def box(
        *,
        top: Annotated[int, Range(0, 99)] = 0,
        left: Annotated[int, Range(0, 99)] = 0,
        bottom: Annotated[int, Range(0, 99)] = 9,
        right: Annotated[int, Range(0, 99)] = 9,
    ):
        drawn, _axes = style.panels((1.0,))
        return style.tell(drawn, call="()", numbers=f"{top} {left} {bottom} {right}", alt="a box, top left")

    @figure("0-3", "path", gesture={"scribble": ("path",)})
    def scribble(*, path: tuple = ()):
        drawn, _axes = style.panels((1.0,))
        return style.tell(drawn, call="()", numbers=str(path), alt="a line drawn by hand")

    live = show(box)
    live.draw(0, [(50.2, 40.1), (60, 70), (20.4, 10.3)])
    assert live.texts["numbers"] == "10 20 40 50"
    live = show(scribble)
    live.draw(0, [(1.2, 2.6), (3.0, 4.0)])
    assert live.texts["numbers"] == "((1, 3), (3, 4))"


def test_presets(live):
    live.set(way="down")
    live._on_message(live, {"kind": "preset", "preset": 0}, [])
    assert live.values == {"x": 7, "y": 0.5, "way": "up", "step": 0}


def png(size):
    out = io.BytesIO()
    Image.fromarray(np.zeros((*size, 3), np.uint8)).save(out, "PNG")
    return out.getvalue()


def test_the_readers_own_photo_in_parts():
    live = show(photo)
    data = png((30, 40))
    for part in range(3):
        chunk = data[part * 40 : (part + 1) * 40] if part < 2 else data[80:]
        live._on_message(live, {"kind": "upload", "name": "my photo.png", "part": part, "parts": 3}, [chunk])
    assert live.texts["numbers"] == "(30, 40, 3)"
    assert live.controls[0]["options"][-1]["label"] == "my photo.png"
    assert eval(live.texts["call"], {"images": images}).shape == (30, 40, 3)


def test_a_large_photo_is_reduced_with_a_notice():
    live = show(photo)
    live.upload("big.png", png((1100, 2200)))
    assert live.texts["notice"] == "big.png: reduced from 2200 x 1100 to 1024 x 512 pixels"


def test_a_broken_photo_gives_one_sentence_and_leaves_the_figure():
    live = show(photo)
    before = live.picture
    live.upload("paper.jpg", b"%PDF-1.7 and so on")
    assert live.texts["error"].startswith("paper.jpg: expected a picture")
    assert "PDF" in live.texts["error"]
    assert live.picture == before


def test_without_a_kernel_there_is_a_picture_and_a_text(live):
    data, metadata = live._repr_mimebundle_()
    assert data["image/png"].startswith("iVBORw0KGgo")
    assert data["text/plain"] == "Figure 0-0. a dot somewhere in a box\nx is 2\n(2, 0.5)"
    assert metadata["image/png"] == {"alt": "a dot somewhere in a box"}
    assert "application/vnd.jupyter.widget-view+json" in data


def test_panels_tell_where_data_coordinates_are(live):
    (panel,) = live.panels
    left, top, right, bottom = panel["box"]
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1
    assert panel["limits"] == [0, 9, 0, 1]


@pytest.mark.parametrize("function", figures.all_figures(), ids=lambda f: f.__name__)
def test_every_figure_of_the_course_lives(function):
    live = Live(function)
    assert [c["name"] for c in live.controls] == list(controls.controls(function))
    for preset in range(len(live.presets)):
        live.choose(preset)
        assert live.texts["error"] == ""
