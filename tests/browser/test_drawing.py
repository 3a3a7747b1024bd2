"""A reader draws in a real browser: strokes with the mouse and by keyboard, undo, a rectangle; on a laptop's screen."""

import time

import pytest

from tools import browser

pytestmark = pytest.mark.timeout(300)
NOTEBOOK = "4.5_graphs"


def figure(page, title):
    found = page.locator(".seglearn", has_text=title).first
    found.scroll_into_view_if_needed()
    found.locator("img").wait_for(timeout=20_000)
    return found


def numbers(found):
    return found.locator(".numbers").inner_text()


def until_changed(page, found, before, seconds=10):
    """Wait until the line of numbers says something else; return it, and the milliseconds that it took."""
    start = time.perf_counter()
    while numbers(found) == before:
        assert time.perf_counter() - start < seconds
        page.wait_for_timeout(5)
    return numbers(found), 1e3 * (time.perf_counter() - start)


def drag(page, found, path):
    """Draw with the mouse; the path in shares of the picture."""
    box = found.locator("img").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in path]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    assert found.locator(".view svg polyline").count() == 2  # the stroke is seen while it is drawn
    page.mouse.up()


def test_all_cells_run(page):
    assert browser.failures(page) == []


def test_a_stroke_a_new_cut_and_undo(page):
    found = figure(page, "Graph cut: mark the object and the ground")
    before = numbers(found)
    drag(page, found, [(0.36, 0.62), (0.38, 0.7)])
    after, _ = until_changed(page, found, before)
    marked = [int(text.split(" pixels marked")[0]) for text in (before, after)]
    assert marked[1] > marked[0]
    found.locator(".choice select").select_option("background")
    drag(page, found, [(0.46, 0.25), (0.47, 0.4)])
    then, _ = until_changed(page, found, after)
    found.get_by_role("button", name="Undo").click()
    assert until_changed(page, found, then)[0] == after
    found.get_by_role("button", name="Reset").click()
    assert until_changed(page, found, after)[0] == before


def test_a_stroke_by_keyboard(page):
    found = figure(page, "Graph cut: mark the object and the ground")
    before = numbers(found)
    found.locator(".view").focus()
    for key in ("Enter", *["ArrowLeft"] * 6, *["Shift+ArrowDown"] * 3, "Enter"):
        page.keyboard.press(key)
    after, _ = until_changed(page, found, before)
    assert int(after.split(" pixels")[0]) > int(before.split(" pixels")[0])
    found.get_by_role("button", name="Reset").click()
    until_changed(page, found, after)


def test_what_changes_nothing_is_pale(page):
    found = figure(page, "Graph cut: mark the object and the ground")
    before, pale = numbers(found), found.locator(".control.idle label code")
    assert pale.all_inner_texts() == []
    found.get_by_role("button", name="no foreground marked").click()
    after, _ = until_changed(page, found, before)
    assert pale.all_inner_texts() == ["smoothness", "sigma"]
    found.get_by_role("button", name="Reset").click()
    until_changed(page, found, after)
    assert pale.all_inner_texts() == []


def test_a_rectangle_and_a_touch_up(page):
    found = figure(page, "GrabCut: a rectangle, then touch up")
    before = numbers(found)
    drag(page, found, [(0.08, 0.15), (0.25, 0.8)])
    after, _ = until_changed(page, found, before)
    left, right = (int(found.get_by_label(name).input_value()) for name in ("left", "right"))
    assert 100 < left < right < 420
    brush, touched_up = found.locator(".choice select").all()
    brush.select_option("foreground")
    drag(page, found, [(0.3, 0.5), (0.33, 0.6)])  # outside the rectangle
    once, _ = until_changed(page, found, after)
    assert "GrabCutter" in found.locator(".call code").text_content()
    touched_up.select_option("learn anew")
    until_changed(page, found, once)
    assert "foreground=" in found.locator(".call code").text_content()


@pytest.mark.parametrize(
    "title", ["Graph cut: mark the object", "GrabCut: a rectangle", "Two trees grow", "The network:"]
)
def test_picture_and_controls_are_seen_together_on_a_laptop(page, shares, title):
    page.set_viewport_size({"width": 1366, "height": 650})
    found = figure(page, title)
    picture, controls = shares(found)
    assert controls > 0.99
    assert picture > 0.8
