"""The whole chapter is there: every figure of the lecture, every claim in a notebook and in a test, no loose end."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from seglearn.exercises import exercises
from seglearn.sections import SECTIONS
from tools import readme

ROOT = Path(__file__).parents[1]
# Of the lecture; its slides have pictures without a number, which are numbered 4.2-a, 4.2-b and so on.
FIGURES = {
    "4.1": ("4-1", "4.1-a"),
    "4.2": ("4-2", "4.2-a", "4.2-b", "4.2-c", "4.2-d", "4-3", "4.2-e", "4.2-f", "4-4"),
    "4.3": ("4.3-a", "4-5", "4.3-b", "4.3-c"),
    "4.4": ("4-6", "4.4-a", "4-7", "4.4-b", "4-8"),
    "4.5": ("4-9", "4-10", "4-11", "4.5-a", "4-12", "4-13", "4.5-b"),
    "4.6": ("4-16", "4-17", "4-18", "4-21", "4-22", "4-28", "4-29", "4.6-a"),
}
CLAIMS = [f"C{number:02}" for number in range(1, 49)]
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "notebooks" / "source").glob("4.*.md")}


def test_six_sections_in_order():
    assert [section.number for section in SECTIONS] == ["4.1", "4.2", "4.3", "4.4", "4.5", "4.6"]
    assert sorted(SOURCES) == [section.notebook for section in SECTIONS]


def test_every_figure_of_the_lecture_is_there():
    for section in SECTIONS:
        room = import_module(f"seglearn.figures.{section.room}")
        there = {getattr(room, name).number.split(" (")[0] for name in room.__all__}
        assert set(FIGURES[section.number]) <= there


def test_every_figure_is_shown_in_its_notebook():
    for section in SECTIONS:
        room = import_module(f"seglearn.figures.{section.room}")
        for name in room.__all__:
            assert f"show(figures.{name}" in SOURCES[section.notebook], f"{section.notebook}: {name}"


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_is_told_and_measured(claim):
    assert any(claim in text for text in SOURCES.values())
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "claims").glob("*.py"))
    assert re.search(rf"def test_\w*{claim.lower()}_|{claim}\b", tests)


def test_every_exercise_is_asked_in_its_notebook():
    for section in SECTIONS:
        for exercise in exercises(section.number):
            assert f'check("{exercise.name}"' in SOURCES[section.notebook], exercise.name


@pytest.mark.parametrize("name", readme.HEADS)
def test_a_readme_has_the_table_that_the_races_gave_and_no_dead_link(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert readme.with_table(text, name) == text
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []
    for section in SECTIONS:
        assert f"notebooks/{section.notebook}.ipynb" in text
        assert f"notebooks/zh/{section.notebook}.ipynb" in text
