"""The figures of chapter 4.3 in a real browser: all run, and each fits a laptop's screen with its controls."""

import pytest

from tools import browser

pytestmark = pytest.mark.timeout(240)
NOTEBOOK = "4.3_edges"


def test_all_cells_run(page):
    assert browser.failures(page) == []


def test_picture_and_controls_of_every_figure_are_seen_together_on_a_laptop(page, on_a_laptop):
    seen = on_a_laptop(page)
    assert len(seen) >= 6
    assert [name for name, (picture, controls) in seen.items() if picture < 0.95 or controls < 0.95] == []
