"""The links from a notebook's terms to the glossary: where they stand, and where they lead."""

import re

import nbformat
import pytest

from tools import glossary
from tools.notebooks import EDITIONS, FOLDER, target
from tools.sources import names

LINK = re.compile(r'\[([^\]]+)\]\((\S*glossary\.md) "([^"]+)"\)')


@pytest.fixture
def small(tmp_path):
    path = tmp_path / glossary.PLACE
    path.parent.mkdir()
    rows = [
        "eigenvalue; eigenvector | 特征值；特征向量",
        "graph cut | 图割",
        "edge (of a graph) | 边",
        "threshold | 阈值",
    ]
    rows.append("double threshold | 双阈值")
    lines = ["# Glossary", "", "| English | 中文 | 不用 |", "| --- | --- | --- |", *(f"| {row} |  |" for row in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_terms_of_a_line_and_what_they_are_in_the_other_language(small):
    assert glossary.terms("en", small)["eigenvector"] == "特征值；特征向量"
    assert glossary.terms("en", small)["edge"] == "边"
    assert glossary.terms("zh", small)["图割"] == "graph cut"


def test_the_first_of_every_term_is_linked_and_no_other(small):
    texts = ["Eigenvalues first; a graph cut.", "An eigenvalue again, an eigenvector now."]
    first, second = glossary.linked(texts, "en", small, "g.md")
    assert first == '[Eigenvalues](g.md "特征值；特征向量") first; a [graph cut](g.md "图割").'
    assert second == 'An eigenvalue again, an [eigenvector](g.md "特征值；特征向量") now.'


@pytest.mark.parametrize(
    "text",
    [
        "# Graph cut",
        "`graph cut`",
        "```python\ngraph cut\n```",
        "$graph cut$",
        "$$\ngraph cut\n$$",
        "[graph cut](a.md)",
        '<img alt="graph cut">',
        "*20 minutes. Graph cut.*",
        "graph cutter",
        "an edge of the table",
        '- A. Author, "Graph cut and threshold", A Journal 1 (2000) 1-2.',
    ],
)
def test_what_is_no_prose_or_no_term_is_left_alone(small, text):
    assert glossary.linked([text], "en", small, "g.md") == [text]


def test_everyday_words_are_terms_where_they_are_emphasised(small):
    assert glossary.linked(["An edge. An *edge*."], "en", small, "g.md") == ['An edge. An *[edge](g.md "边")*.']
    assert glossary.linked(["旁边。**边**"], "zh", small, "g.md") == ['旁边。**[边](g.md "edge (of a graph)")**']


def test_a_term_within_a_longer_one_is_not_linked(small):
    assert glossary.linked(["双阈值、双阈值、阈值"], "zh", small, "g.md") == [
        '[双阈值](g.md "double threshold")、双阈值、[阈值](g.md "threshold")'
    ]


def test_a_word_of_two_sections_is_linked_to_the_row_of_its_own(small):
    path = small / glossary.PLACE
    rows = "\n| seed (SLIC) | 种子点 |  |\n| seed (region growing) | 种子像素；种子点 |  |"
    path.write_text(path.read_text(encoding="utf-8") + rows, encoding="utf-8")
    assert glossary.terms("en", small, "4.2_clustering")["seed"] == "种子点"
    assert glossary.terms("en", small, "4.4_regions")["seed"] == "种子像素；种子点"
    assert glossary.terms("zh", small, "4.2_clustering")["种子点"] == "seed (SLIC)"
    assert glossary.terms("zh", small, "4.4_regions")["种子点"] == "seed (region growing)"
    assert "seed" not in glossary.terms("en", small, "4.5_graphs")


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.tag)
@pytest.mark.parametrize("name", names())
def test_a_notebook_links_its_terms_once_to_a_page_that_is_there(name, edition):
    path = target(name, edition)
    words = glossary.terms(edition.tag, FOLDER, name)
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    links = LINK.findall("\n".join(cells))
    assert len(links) >= 8
    terms = [text.lower() if text.lower() in words else text.lower().removesuffix("s") for text, _, _ in links]
    assert len(set(terms)) == len(terms)
    for term, (_, page, other) in zip(terms, links):
        assert words[term] == other
        assert (path.parent / page).resolve() == (FOLDER / glossary.PLACE).resolve()


def test_a_binary_mask_is_no_kernel():
    words = glossary.terms("en", FOLDER), glossary.terms("zh", FOLDER)
    assert [words[0][term] for term in ("mask", "kernel")] == ["掩膜", "模板（核）"]
    assert [words[1][term] for term in ("掩膜", "模板")] == ["mask (binary)", "(spatial) mask, kernel"]
