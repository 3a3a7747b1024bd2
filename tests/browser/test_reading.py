"""A reader in a real browser: opens JupyterLab, runs all cells, presses a key on a slider, clicks in a picture."""

import re

import pytest

from tools import browser

pytestmark = pytest.mark.timeout(240)
NOTEBOOK = "4.2_clustering"
COLORS = """async image => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 64, height: 64});
  const ink = canvas.getContext('2d');
  await image.decode();
  ink.drawImage(image, 0, 0, 64, 64);
  return [...ink.getImageData(0, 0, 64, 64).data].join();
}"""


def figure(page, title):
    """Return the figure with this title, in view."""
    found = page.locator(".seglearn", has_text=title).first
    found.scroll_into_view_if_needed()
    return found


def changed_pixels(page, found, act):
    """Do something to a figure and wait until its picture has other pixels."""
    image = found.locator("img")
    before, source = image.evaluate(COLORS), image.get_attribute("src")
    act()
    page.wait_for_function("([i, s]) => i.src !== s", arg=[image.element_handle(), source], timeout=10_000)
    return before != image.evaluate(COLORS)


def test_all_cells_run(page):
    assert browser.failures(page) == []
    assert page.locator(".seglearn img").count() >= 4


def test_a_slider_by_keyboard(page):
    found = figure(page, "K-Means on groups that are not convex")
    slider = found.get_by_label("n_clusters")
    assert changed_pixels(page, found, lambda: slider.press("ArrowRight"))
    assert slider.input_value() == "3"
    assert ", 3, rng=0)" in found.locator(".call code").inner_text()


def test_a_click_in_a_photograph(page):
    found = figure(page, "K-Means, step by step, on a photograph")
    box = found.locator("img").bounding_box()
    at = {"x": box["width"] * 0.1, "y": box["height"] * 0.2}
    assert changed_pixels(page, found, lambda: found.locator("img").click(position=at))
    assert found.get_by_label("row").input_value() != "120"
    assert found.get_by_label("col").input_value() != "60"


def test_play_runs_to_the_end_of_the_run(page):
    found = figure(page, "K-Means, step by step, on points")
    found.get_by_role("button", name="Play").click()
    found.get_by_text("iteration 16 of 16").wait_for(timeout=15_000)
    found.get_by_role("button", name="Play").wait_for(timeout=5_000)


def test_presets_and_reset(page):
    found = figure(page, "K-Means on groups that are not convex")
    assert changed_pixels(page, found, lambda: found.get_by_role("button", name="three rings").click())
    assert found.get_by_label("shape").input_value() == "rings"
    assert changed_pixels(page, found, lambda: found.get_by_role("button", name="Reset").click())
    assert found.get_by_label("shape").input_value() == "moons"


def test_the_readers_own_photo(page, tmp_path):
    from PIL import Image

    path = tmp_path / "mine.png"
    Image.linear_gradient("L").convert("RGB").resize((90, 60)).save(path)
    found = figure(page, "K-Means, step by step, on a photograph")
    assert changed_pixels(page, found, lambda: found.locator("input[type=file]").set_input_files(path))
    assert re.fullmatch(r"mine-[0-9a-f]{6}\.png", found.get_by_label("photo").locator("option:checked").inner_text())
    broken = tmp_path / "paper.jpg"
    broken.write_bytes(b"%PDF-1.7")
    found.locator("input[type=file]").set_input_files(broken)
    found.get_by_text("paper.jpg: expected a picture").wait_for(timeout=10_000)
    assert found.locator(".view.waiting").count() == 0
    slider = found.get_by_label("n_clusters")  # the next good value clears the error
    assert changed_pixels(page, found, lambda: slider.press("ArrowRight"))
    assert found.locator(".error").inner_text() == ""


def test_many_keys_in_a_row_end_at_the_last_one(page):
    found = figure(page, "K-Means on groups that are not convex")
    slider = found.get_by_label("n_clusters")
    slider.press("Home")
    for _ in range(4):
        slider.press("ArrowRight")
    page.wait_for_timeout(1500)
    assert slider.input_value() == "6"
    assert ", 6, rng=0)" in found.locator(".call code").inner_text()
    assert found.locator(".view.waiting").count() == 0


def test_picture_and_controls_of_every_figure_are_seen_together_on_a_laptop(page, on_a_laptop):
    seen = on_a_laptop(page)
    assert len(seen) >= 10
    assert [name for name, (picture, controls) in seen.items() if picture < 0.95 or controls < 0.95] == []


def test_the_call_opens_behind_its_button(page):
    found = figure(page, "K-Means on groups that are not convex")
    assert not found.locator(".call").is_visible()
    found.get_by_role("button", name="The call behind this picture").click()
    assert found.locator(".call code").is_visible()
    found.get_by_role("button", name="The call behind this picture").click()
    assert not found.locator(".call").is_visible()


def test_presented_a_figure_fills_the_screen_and_arrows_step(page):
    found = figure(page, "K-Means, step by step, on points")
    in_page = found.locator("img").bounding_box()["width"]
    found.get_by_role("button", name="Present").click()
    page.wait_for_function("() => document.fullscreenElement?.classList.contains('presented')", timeout=10_000)
    page.wait_for_timeout(1500)  # drawn anew for the screen
    image = found.locator("img")
    assert image.bounding_box()["width"] > 1.15 * in_page
    assert image.evaluate("i => i.naturalWidth / i.offsetWidth") > 0.9  # as sharp as the screen
    for part in (".controls", ".presets", ".numbers"):
        box = found.locator(part).bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= page.viewport_size["height"] + 1
    before = found.get_by_label("step").input_value()
    assert changed_pixels(page, found, lambda: page.keyboard.press("ArrowLeft" if before != "0" else "ArrowRight"))
    assert found.get_by_label("step").input_value() != before
    page.evaluate("() => document.exitFullscreen()")  # what the browser does at Escape
    page.wait_for_function("() => !document.fullscreenElement", timeout=10_000)
    assert found.locator("img").bounding_box()["width"] == in_page
