"""The reader's own copies: renewed while they are as they came, never touched once they are changed."""

import json
import re

import pytest

from seglearn.sections import SECTIONS
from tools import lab


@pytest.fixture
def places(tmp_path):
    """A course of one notebook in both languages, and where the reader's copies go."""
    shipped = tmp_path / "notebooks"
    for folder, title, minutes in (("", "Edges", "*5 minutes.*"), ("zh", "边缘", "**5 分钟。**")):
        (shipped / folder).mkdir(exist_ok=True)
        write(shipped / folder / "4.3_edges.ipynb", f"# {title}", minutes)
    (shipped / "source").mkdir()
    (shipped / "source" / "glossary.md").write_text("terms")
    return shipped, tmp_path / "course"


def write(path, *sources, outputs=()):
    cells = [{"cell_type": "code", "source": [source], "outputs": list(outputs)} for source in sources]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")


def sources(path):
    return ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]


def test_copies_and_start_pages(places):
    shipped, own = places
    assert lab.prepare(shipped, own) == []
    assert sources(own / "4.3_edges.ipynb") == ["# Edges", "*5 minutes.*"]
    assert sources(own / "zh" / "4.3_edges.ipynb") == ["# 边缘", "**5 分钟。**"]
    assert "| [Edges](4.3_edges.ipynb) | 5 |" in sources(own / "start.ipynb")[0]
    assert "| [边缘](4.3_edges.ipynb) | 5 |" in sources(own / "zh" / "start.ipynb")[0]


def test_every_link_of_a_start_page_leads_somewhere(places):
    shipped, own = places
    lab.prepare(shipped, own)
    for page in (own / "start.ipynb", own / "zh" / "start.ipynb"):
        links = re.findall(r"\]\(([^)]+)\)", sources(page)[0])
        assert len(links) == 3
        assert all((page.parent / link).is_file() for link in links)


def test_an_update_renews_what_was_only_run(places):
    shipped, own = places
    lab.prepare(shipped, own)
    write(own / "4.3_edges.ipynb", *sources(own / "4.3_edges.ipynb"), outputs=[{"data": 1}])
    write(shipped / "4.3_edges.ipynb", "# Edges, second edition")
    assert lab.prepare(shipped, own) == []
    assert sources(own / "4.3_edges.ipynb") == ["# Edges, second edition"]


def test_an_update_leaves_what_the_reader_wrote_and_lies_beside_it(places):
    shipped, own = places
    lab.prepare(shipped, own)
    write(own / "4.3_edges.ipynb", "# My own")
    assert lab.prepare(shipped, own) == []  # no news: nothing to tell
    write(shipped / "4.3_edges.ipynb", "# Edges, second edition")
    (told,) = lab.prepare(shipped, own)
    assert told.endswith("the new edition is 4.3_edges.new.ipynb")
    assert sources(own / "4.3_edges.ipynb") == ["# My own"]
    assert sources(own / "4.3_edges.new.ipynb") == ["# Edges, second edition"]
    (own / "4.3_edges.ipynb").unlink()  # to begin afresh
    lab.prepare(shipped, own)
    assert sources(own / "4.3_edges.ipynb") == ["# Edges, second edition"]


def test_a_copy_that_is_no_notebook_any_more_stays(places):
    shipped, own = places
    lab.prepare(shipped, own)
    (own / "4.3_edges.ipynb").write_text("{")
    lab.prepare(shipped, own)
    assert (own / "4.3_edges.ipynb").read_text() == "{"


@pytest.mark.parametrize(("name", "chinese"), [("zh_CN.UTF-8", True), ("de_DE.UTF-8", False), ("C", False)])
def test_the_readers_language(monkeypatch, name, chinese):
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", name)
    assert lab._speaks_chinese() == chinese


def test_the_real_course(tmp_path):
    lab.prepare(lab.SHIPPED, tmp_path)
    (page,) = sources(tmp_path / "start.ipynb")
    there = [section for section in SECTIONS if (lab.SHIPPED / f"{section.notebook}.ipynb").is_file()]
    for section in there:
        assert re.search(rf"\| \[{section.number} .+\]\({section.notebook}\.ipynb\) \| \d+ \|", page)
