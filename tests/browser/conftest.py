"""What the readers in a browser share: a notebook, opened and run, and how much of a figure is seen."""

import os

import pytest

from tools import browser, sources
from tools.notebooks import ENGLISH, target

# How much of a figure's picture, and of its controls, can be seen at once.
SHARES = """figure => {
  figure.querySelector('.controls').scrollIntoView({block: 'end'});
  const pane = figure.closest('.jp-WindowedPanel-outer').getBoundingClientRect();
  return ['.view', '.controls'].map(part => {
    const box = figure.querySelector(part).getBoundingClientRect();
    return Math.max(0, Math.min(box.bottom, pane.bottom) - Math.max(box.top, pane.top)) / box.height;
  });
}"""


@pytest.fixture(scope="module")
def page(request):
    """The notebook that a test file names as NOTEBOOK, all cells run."""
    if browser.chromium() is None:
        reason = "no Chromium or Chrome on this machine"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with browser.open_notebook(target(request.module.NOTEBOOK, ENGLISH, sources.FOLDER)) as page:
        browser.run_all(page)
        yield page


@pytest.fixture
def shares():
    """Return the shares of a figure's picture and of its controls that are seen together."""
    return lambda found: found.evaluate(SHARES)


@pytest.fixture
def on_a_laptop(shares):
    """Return {caption: shares} of all figures of a page on a screen of 1366 x 768, the file browser closed."""

    def measure(page):
        page.set_viewport_size({"width": 1366, "height": 650})
        if page.locator(".jp-SideBar .lm-mod-current").count():
            page.keyboard.press("Control+b")
        seen = {found.locator(".caption").inner_text(): shares(found) for found in page.locator(".seglearn").all()}
        page.set_viewport_size({"width": 1280, "height": 1400})
        return seen

    return measure
