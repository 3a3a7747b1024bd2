"""The map and the decision guide of 4.1 lead to notebooks and headings that are there, in both languages."""

import re

import pytest

from seglearn.sections import SECTIONS
from tools import sources


def prose(name, language):
    return [cell.source for cell in sources.read(name) if language in cell.metadata.get("tags", [])]


def links(language):
    pattern = r"\]\(<?(4\.\d_\w+)\.ipynb(?:#([^>\s]+?))?>?\)"
    return sorted({found for cell in prose("4.1_overview", language) for found in re.findall(pattern, cell)})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_links_lead_somewhere(language):
    found = links(language)
    assert len({name for name, _anchor in found}) == 5
    assert len([anchor for _name, anchor in found if anchor]) >= 12
    rooms = {section.notebook for section in SECTIONS}
    for name, anchor in found:
        assert name in rooms
        if anchor and sources.source(name).exists():
            headings = [line for cell in prose(name, language) for line in re.findall(r"^#+ (.*)$", cell, re.MULTILINE)]
            assert anchor in {heading.replace(" ", "-") for heading in headings}, f"{name}: no heading {anchor}"
