"""The sources of the notebooks: read, checked for tags and twins, and kept in one form.

A source is MyST markdown (`notebooks/source/NAME.md`): prose cells tagged `en`, each with its twin tagged `zh` right
below, and code cells once. Other tags: `language` (the first code cell, with the imports), `exercise`, `solution`,
`timing`, `instructor`.
"""

import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat

from tools.differences import text_difference

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "notebooks"
HEADER = """\
---
jupytext:
  notebook_metadata_filter: -jupytext.text_representation.jupytext_version
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
SPEAK = 'speak("{}")'  # what the cell tagged language says, in each edition
CODE_TAGS = {"language", "exercise", "solution", "timing"}


class Fault(Exception):
    """A notebook that cannot be built, and where it is wrong."""


def names(folder=FOLDER):
    """Return the names of the notebooks that have a source, in order."""
    return sorted(path.stem for path in Path(folder, "source").glob("[0-9]*.md"))


def source(name, folder=FOLDER):
    """Return where the source of a notebook stands."""
    return Path(folder, "source", f"{name}.md")


def read(name, folder=FOLDER):
    """Return the cells of a source, checked: tags, twins, and a solution for every exercise."""
    cells = jupytext.read(source(name, folder), fmt="md:myst").cells
    for number, cell in enumerate(cells, 1):
        problem = _problem(cells, number - 1)
        if problem:
            start = cell.source.strip().split("\n")[0]
            raise Fault(f"{name}.md, cell {number} ({start[:60]!r}): {problem}")
    return cells


def tags_of(cell):
    """Return the tags of a cell as a set."""
    return set(cell.metadata.get("tags", []))


def canonical(text):
    """Return the text of a source in the one form that it is kept in: jupytext's, its code as ruff formats it."""
    notebook = jupytext.reads(text if text.startswith("---\n") else HEADER + text, fmt="md:myst")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    formatted = nbformat.reads(_ruff("format", code), as_version=4).cells
    for cell, tidy in zip(code, formatted, strict=True):
        cell.source = tidy.source
    return HEADER + jupytext.writes(notebook, fmt="md:myst").split("---\n", 2)[2]


def lint(name, folder=FOLDER):
    """Return where a source is not in canonical form, and what ruff says about its code, solutions included."""
    text = source(name, folder).read_text(encoding="utf-8")
    code = [cell for cell in read(name, folder) if cell.cell_type == "code"]
    return text_difference(f"{name}.md", text, canonical(text)) + _ruff("check", code, name).splitlines()


def _ruff(command, cells, name="source"):
    """Run ruff on code cells; its answer names them by their number among the code cells."""
    notebook = nbformat.v4.new_notebook(metadata=METADATA, cells=cells)
    ruff = [sys.executable, "-m", "ruff", command, "--quiet", "--stdin-filename", f"{name}.ipynb", "-"]
    done = subprocess.run(ruff, input=nbformat.writes(notebook), capture_output=True, encoding="utf-8", cwd=ROOT)
    if done.stderr:
        raise Fault(done.stderr)
    return done.stdout


def _problem(cells, index):
    """Say what is wrong with a cell where it stands, or return None."""
    cell, tags = cells[index], tags_of(cells[index])
    if cell.cell_type == "code":
        first = not any(earlier.cell_type == "code" for earlier in cells[:index])
        if first != ("language" in tags):
            return "the first code cell, and no other, is tagged language"
        if first and SPEAK.format("en") not in cell.source:
            return f"the first code cell has no {SPEAK.format('en')}"
        if tags - CODE_TAGS:
            return f"a code cell cannot be tagged {', '.join(sorted(tags - CODE_TAGS))}"
        if "exercise" in tags and _next_of(cells[index + 1 :]) != "solution":
            return "no solution stands beneath this exercise"
        if "solution" in tags and _next_of(cells[:index][::-1]) != "exercise":
            return "no exercise stands above this solution"
        return None
    if cell.cell_type != "markdown" or len(tags & {"en", "zh"}) != 1 or tags - {"en", "zh", "instructor"}:
        return "prose is tagged en or zh, and besides that instructor or nothing"
    step = 1 if "en" in tags else -1
    twin = cells[index + step] if index + step < len(cells) else None
    if twin is None or twin.cell_type != "markdown" or tags_of(twin) ^ tags != {"en", "zh"}:
        return "no Chinese twin stands below" if step == 1 else "no English twin stands above"
    if step == -1 and not re.search("[\u4e00-\u9fff]", cell.source):
        return "the Chinese twin is not Chinese"
    if step == -1 and cell.metadata.get("slideshow") != twin.metadata.get("slideshow"):
        return "its slide mark is not that of its English twin"
    return None


def _next_of(cells):
    """Return which of exercise and solution comes first."""
    return next((tag for cell in cells for tag in ("exercise", "solution") if tag in tags_of(cell)), None)
