"""The live figure, without a browser: what its controls, buttons and mouse do, through the same doors."""

import gc
import io
import re
import stat
import weakref
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest
from PIL import Image

from seglearn import figures, images
from seglearn.figures import controls, drafts, style
from seglearn.figures.controls import Choice, Photo, Range, Step, Strokes, figure
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
    idle = ["y"] if way == "down" else []
    return style.tell(drawn, call=f"({x}, {y})", numbers=f"x is {x}", alt="a dot somewhere in a box", last=x, idle=idle)


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


def test_a_control_that_changes_nothing_is_idle_until_it_does_again(live):
    assert live.idle == []
    live.set(way="down")
    assert live.idle == ["y"]
    live.set(way="up")
    assert live.idle == []
    live.set(way="down")  # a frame that was kept
    assert live.idle == ["y"]


def test_what_is_idle_at_the_start_is_so_before_any_change():
    assert show(plain, way="down").idle == ["y"]


def test_a_sharper_frame_is_another_and_the_next_change_is_plain_again(live):
    def width():
        return Image.open(io.BytesIO(live.picture)).width

    before, drawn = width(), live.drawn
    live._on_message(live, {"kind": "sharpen", "ratio": 2}, [])
    assert (width(), live.ratio, live.drawn) == (2 * before, 2, drawn + 1)
    assert live.size[0] == before
    live.set(x=3)
    live.set(x=2)
    assert (width(), live.ratio) == (before, 1)


def test_values_that_change_places_are_another_frame(live):
    live.set(x=4, step=3)
    live.set(x=3, step=4)
    assert live.texts["numbers"] == "x is 3"
    assert live.values["step"] == 3
    assert live.last == 3


def test_the_end_of_the_run_and_the_idle_controls_come_back_with_a_kept_frame(live):
    live.set(x=6, way="down")
    live.set(x=3, way="up")
    assert (live.last, live.idle) == (3, [])
    live.set(x=6, way="down")
    assert (live.last, live.idle) == (6, ["y"])


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

    @figure("0-4", "brushes", gesture={"scribble": ("strokes", "brush", "width", "top", "left", "bottom", "right")})
    def brushes(
        *,
        brush: Annotated[str, Choice(("rectangle", "foreground"))] = "rectangle",
        width: Annotated[int, Range(1, 9)] = 3,
        strokes: Annotated[tuple, Strokes()] = (),
        top: Annotated[int, Range(0, 99)] = 0,
        left: Annotated[int, Range(0, 99)] = 0,
        bottom: Annotated[int, Range(0, 99)] = 9,
        right: Annotated[int, Range(0, 99)] = 9,
    ):
        drawn, _axes = style.panels((1.0,))
        return style.tell(drawn, call="()", numbers=f"{strokes} {top} {left} {bottom} {right}", alt="strokes and a box")

    live = show(brushes)
    live.draw(0, [(50.2, 40.1), (20.4, 10.3)])
    assert live.texts["numbers"] == "() 10 20 40 50"
    live.set(brush="foreground")
    live.draw(0, [(1.2, 2.6), (1.3, 2.7), (3.0, 4.0)])
    live.draw(0, [(5, 5)])
    assert live.values["strokes"] == (("foreground", 3, ((1, 3), (3, 4))), ("foreground", 3, ((5, 5),)))
    assert live.texts["numbers"].endswith("10 20 40 50")
    assert [control["kind"] for control in live.controls[:3]] == ["choice", "range", "strokes"]
    live.set(strokes=live.values["strokes"][:-1])
    assert len(live.values["strokes"]) == 1

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
    assert re.fullmatch(r"my-photo-[0-9a-f]{6}\.png", live.controls[0]["options"][-1]["label"])
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


@figure("0-5", "A slow figure for tests")
def slow(*, n: Annotated[int, Range(1, 9)] = 1):
    def drawn(done):
        panel, (axes,) = style.panels((2.0,))
        axes.plot([done], [n], "o")
        return style.tell(panel, call=f"slow({n})", numbers=f"{done} of {n}", alt="dots that come one after the other")

    for k in range(n):
        drafts.draft(lambda: drawn(k))  # noqa: B023  called at once
        if n == 9 and k == 4:
            raise ZeroDivisionError("nine are too many")
    return drawn(n)


def test_a_slow_figure_shows_what_it_has_while_it_is_drawn(monkeypatch):
    monkeypatch.setattr(drafts, "PAUSE", 0)
    live = show(slow)
    seen, pictures = [], []
    live.observe(lambda change: seen.append((change["new"]["numbers"], live.drawn)), "texts")
    live.observe(lambda change: pictures.append(change["new"]), "picture")
    answers = live.drawn
    live.set(n=3)
    assert seen == [("0 of 3", answers), ("1 of 3", answers), ("2 of 3", answers), ("3 of 3", answers)]
    assert len(pictures) == 4
    assert live.drawn == answers + 1  # drafts aren't the answer
    with pytest.raises(ZeroDivisionError):
        live.set(n=9)
    assert live.texts["numbers"] == "3 of 3"
    assert "nine are too many" in live.texts["error"]
    assert live.picture == pictures[3]
    assert live.values == {"n": 3}


def test_what_is_quick_or_unwatched_has_no_drafts(monkeypatch):
    live = show(slow)
    seen = []
    live.observe(lambda change: seen.append(change["new"]["numbers"]), "texts")
    live.set(n=5)
    assert seen == ["5 of 5"]
    monkeypatch.setattr(drafts, "PAUSE", 0)
    drafts.draft(lambda: pytest.fail("nobody watches"))
    assert slow(n=2).numbers == "2 of 2"


def test_without_a_kernel_there_is_a_picture_and_a_text(live):
    data, metadata = live._repr_mimebundle_()
    assert data["image/png"].startswith("iVBORw0KGgo")
    assert data["text/plain"] == "Figure 0-0. a dot somewhere in a box\nx is 2\n(2, 0.5)"
    assert metadata["image/png"] == {"alt": "a dot somewhere in a box"}
    assert "application/vnd.jupyter.widget-view+json" in data


def test_the_caption_in_chinese_has_no_western_full_stop(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    data, _metadata = show(plain)._repr_mimebundle_()
    assert data["text/plain"].startswith("图 0-0　a dot somewhere in a box\n")


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


# ---- errors are told, and pass


def quiet(act):
    try:
        act()
    except Exception as error:
        return type(error).__name__


def test_after_an_error_the_last_good_values_clear_it(live):
    assert quiet(lambda: live.set(x=9)) == "ZeroDivisionError"
    assert live.values["x"] == 2
    drawn = live.drawn
    live.set(x=2)
    assert live.texts["error"] == ""
    assert live.drawn == drawn + 1


def test_after_an_error_the_figure_can_be_shown_and_reset(live):
    quiet(lambda: live.set(x=9))
    data, _metadata = live._repr_mimebundle_()
    assert "x is 2" in data["text/plain"]
    live.reset()
    assert live.texts["error"] == ""


def test_a_mistyped_name_does_not_stay(live):
    assert quiet(lambda: live.set(xx=3)) == "ValueError"
    live.set(x=3)
    assert live.texts["numbers"] == "x is 3"


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "preset", "preset": 7},
        {"kind": "upload", "name": "a.png", "part": 0, "parts": 1},
        {"kind": "set", "values": {"x": 9}},
        {"kind": "set", "values": {"zz": 9}},
        {"kind": "draw", "panel": 0, "path": []},
    ],
)
def test_what_the_browser_asks_for_in_vain_is_told_and_answered_once(live, message):
    drawn = live.drawn
    live._on_message(live, message, [])
    assert live.texts["error"]
    assert live.drawn == drawn + 1
    live._on_message(live, {"kind": "set", "values": {"x": 4}}, [])
    assert live.texts["error"] == ""
    assert live.texts["numbers"] == "x is 4"


def test_a_closed_figure_gives_back_its_frames():
    gone = []
    for _ in range(3):
        live = show(plain)
        for x in range(8):
            live.set(x=x)
        gone.append(weakref.ref(live))
        live.close()
        del live
        gc.collect()
    assert sum(len(live._frames) for live in (ref() for ref in gone) if live is not None) == 0


# ---- the reader's own photos


@pytest.mark.parametrize(
    "name", ["\u7167" * 90 + ".png", "", "../../etc/passwd", "a" * 300 + ".PNG", "caf\u00e9 \U0001f408.jpeg"]
)
def test_names_of_any_length_and_script_are_kept_under_a_safe_one(name):
    live = show(photo)
    drawn = live.drawn
    live.upload(name, png((5, 7)))
    assert live.drawn == drawn + 1
    assert live.texts["error"] == ""
    assert live.texts["numbers"] == "(5, 7, 3)"
    kept = Path(live.values["name"])
    assert re.fullmatch(r"[A-Za-z0-9-]+-[0-9a-f]{6}(\.[a-z]+)?", kept.name)
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_two_pictures_of_one_name_are_two_and_one_picture_twice_is_one():
    live = show(photo)
    for size in ((5, 7), (6, 8), (5, 7)):
        live.upload("image.png", png(size))
    assert live.texts["numbers"] == "(5, 7, 3)"
    assert len(live.controls[0]["options"]) == 1 + 2
    other = show(photo)
    other.upload("image.png", png((3, 3)))
    assert images.load(live.values["name"]).shape == (5, 7, 3)


def test_a_file_replaced_in_place_is_drawn_anew(tmp_path):
    path = tmp_path / "own.png"
    path.write_bytes(png((5, 7)))
    live = show(photo, name=path.as_posix())
    path.write_bytes(png((6, 8)))
    live.set(name=path.as_posix())
    assert live.texts["numbers"] == "(6, 8, 3)"


def test_a_disk_that_refuses_is_told_in_the_figure(monkeypatch):
    def refuse(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    live = show(photo)
    drawn = live.drawn
    live._on_message(live, {"kind": "upload", "name": "a.png", "part": 0, "parts": 1}, [png((5, 7))])
    assert "No space left" in live.texts["error"]
    assert live.drawn == drawn + 1
