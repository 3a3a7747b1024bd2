"""The committed notebooks are what their sources give, in both languages; and the tool that says so can say no."""

import base64
import importlib
import io
import re
import shutil
from collections import Counter
from pathlib import Path

import nbformat
import numpy as np
import pytest
from markdown_it import MarkdownIt
from PIL import Image

from seglearn import images
from seglearn.figures import style
from seglearn.sections import SECTIONS
from tools import notebooks, sources, translation
from tools.differences import picture_difference, text_difference
from tools.notebooks import CHINESE, EDITIONS, ENGLISH
from tools.sources import Fault, tags_of

FIXTURE = "9.9_fixture"
COURSE = sources.names()
ROOMS = {section.notebook: section.room for section in SECTIONS}
PAIRS = [pytest.param(name, edition, id=f"{name}-{edition.tag}") for name in COURSE for edition in EDITIONS]


# ---- the course


@pytest.mark.parametrize(("name", "edition"), PAIRS)
def test_a_committed_notebook_is_what_its_source_gives(name, edition):
    assert notebooks.check(name, edition) == []


@pytest.mark.parametrize(("name", "edition"), PAIRS)
def test_its_pictures_are_its_figures(name, edition, monkeypatch):
    """Text outputs are compared by nbval, which runs the notebook; pictures here, by drawing each figure again."""
    monkeypatch.setenv("LANGUAGE", edition.language)
    section = importlib.import_module(f"seglearn.figures.{ROOMS[name]}")
    seen = 0
    for cell in nbformat.read(notebooks.target(name, edition), as_version=4).cells:
        call = re.fullmatch(r"show\(figures\.(\w+)(?:, (.*))?\)", cell.source.strip(), re.DOTALL)
        if cell.cell_type == "code" and call:
            drawn = getattr(section, call[1])(**eval(f"dict({call[2] or ''})"))
            light = {"image/png": base64.b64encode(style.encode(drawn)).decode()}
            notebooks._light(light)
            [(kind, picture)] = light.items()
            assert picture_difference(cell.id, cell.outputs[-1].data[kind], picture) == []
            seen += 1
    assert seen >= 4


@pytest.mark.parametrize("name", COURSE)
def test_the_chinese_edition_prints_every_number_of_the_english_one(name):
    """A word that a program compares with must not be translated; where one is, numbers go wrong."""
    found = []
    for edition in EDITIONS:
        cells = nbformat.read(notebooks.target(name, edition), as_version=4).cells
        codes = [c for c in cells if c.cell_type == "code" and "nbval-ignore-output" not in tags_of(c)]
        printed = ["".join(o.text for o in c.outputs if o.output_type == "stream") for c in codes]
        found.append([Counter(re.findall(r"\d+(?:\.\d+)?(?!-D)", text.replace(",", ""))) for text in printed])
    assert sum(map(Counter.total, found[0])) > 30
    assert [k for k, (english, chinese) in enumerate(zip(*found, strict=True)) if english - chinese] == []


@pytest.mark.parametrize(("name", "edition"), PAIRS)
def test_its_stored_outputs_show_everything_and_no_fault(name, edition):
    stored = nbformat.read(notebooks.target(name, edition), as_version=4)
    nbformat.validate(stored)
    assert stored.cells[0].cell_type == "markdown"  # a title, no machinery, is the welcome
    first = next(cell for cell in stored.cells if cell.cell_type == "code")
    assert f'speak("{edition.language}")' in first.source
    assert notebooks.target(name, edition).stat().st_size < 2.5e6
    assert "widgets" not in stored.metadata
    for cell in stored.cells:
        if cell.cell_type == "code":
            assert cell.execution_count is not None
            assert not [output for output in cell.outputs if output.output_type == "error"]
            assert not [output for output in cell.outputs if output.get("name") == "stderr"]
            assert not [output for output in cell.outputs if notebooks.WIDGET_VIEW in output.get("data", {})]


@pytest.mark.parametrize("name", COURSE)
def test_both_editions_run_the_same_program(name):
    """The Chinese one differs in comments, docstrings and printed words alone, and none of these is left out."""
    codes = notebooks.code_cells(name)
    assert translation.missing(name, codes, notebooks.FOLDER) == [], "run `make words`, then translate"
    words = translation.translations(name, notebooks.FOLDER)
    path = translation.catalogue_path(name, notebooks.FOLDER)
    assert translation.merged(name, codes, notebooks.FOLDER) == path.read_bytes(), "run `make words`"
    for code in codes:
        assert translation.same_code(code, translation.translated(code, words))


@pytest.mark.parametrize("name", COURSE)
def test_a_source_is_in_its_one_form_and_style(name):
    assert sources.lint(name) == []


def test_no_notebook_stands_there_without_a_source():
    assert COURSE
    stored = {path for edition in EDITIONS for path in (notebooks.FOLDER / edition.folder).glob("*.ipynb")}
    assert stored == {notebooks.target(*pair.values) for pair in PAIRS}


# ---- the tool, on a small course of its own


@pytest.fixture
def course(tmp_path):
    """A copy of the small course, and a function that changes its source."""
    shutil.copytree(Path(__file__).parent / "data" / "course", tmp_path, dirs_exist_ok=True)

    def change(old, new):
        path = sources.source(FIXTURE, tmp_path)
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    change.folder = tmp_path
    return change


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """The small course, built."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(Path(__file__).parent / "data" / "course", folder, dirs_exist_ok=True)
    notebooks.main(["--folder", str(folder)])
    return folder


def cells(folder, edition):
    return nbformat.read(notebooks.target(FIXTURE, edition, folder), as_version=4).cells


def text_of(folder, edition):
    return "\n".join(cell.source for cell in cells(folder, edition))


def test_each_edition_has_its_prose_and_the_same_code(ready):
    english, chinese = cells(ready, ENGLISH), cells(ready, CHINESE)
    assert [cell.cell_type for cell in english] == [cell.cell_type for cell in chinese]
    assert "A small course" in text_of(ready, ENGLISH)
    assert not re.search("[\u4e00-\u9fff]", text_of(ready, ENGLISH))
    assert "一门小课程" in text_of(ready, CHINESE)
    assert "A small course" not in text_of(ready, CHINESE)
    code = [[cell.source for cell in edition if cell.cell_type == "code"] for edition in (english, chinese)]
    assert all(translation.same_code(*pair) for pair in zip(*code, strict=True))
    assert code[0][0].replace('speak("en")', 'speak("zh_CN")') == code[1][0]


def test_code_cells_speak_chinese_where_the_catalogue_does(ready):
    assert 'print("编号", number)  # 从 0 数起' in text_of(ready, CHINESE)
    assert '"""返回两倍的数。"""' in text_of(ready, CHINESE)
    assert "编号 0\n编号 1\n" in cells(ready, CHINESE)[3].outputs[0].text


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ('print(f"a {x:.2f} and {y!r:>8}", z)', 'print(f"{y!r:>8} 和 {x:.2f}", z)'),
        ('print("one " "two", f"{x} of three")', 'print("一二", f"三之 {x}")'),
        ('def f():\n    """Twice\n    x."""\n    return 2  # quick', 'def f():\n    """两倍"""\n    return 2  # 快'),
        ("x = 'kept'\nprint('said', x)", "x = 'kept'\nprint('说', x)"),
    ],
)  # fmt: skip
def test_words_in_code_are_found_and_replaced_and_nothing_else(english, chinese):
    words = {
        "a {x:.2f} and {y!r:>8}": "{y!r:>8} 和 {x:.2f}", "one two": "一二", "{x} of three": "三之 {x}",
        "Twice\n    x.": "两倍", "quick": "快", "said": "说",
    }  # fmt: skip
    assert set(translation.messages(english)) <= words.keys()
    assert translation.translated(english, words) == chinese
    assert translation.same_code(english, chinese)


@pytest.mark.parametrize(
    "other", ['print(f"{y}")', 'print(f"{x:.2f}")', 'print(f"{x}", 1)', "y = x", 'print(f"{x} {x}")']
)
def test_another_program_is_not_the_same_code(other):
    assert translation.same_code('print(f"{x}")', 'print(f"一 {x}")')
    assert not translation.same_code('print(f"{x}")', other)


def test_solutions_and_notes_are_folded_away_and_never_run(ready):
    for edition, solution, note in ((ENGLISH, "Solution", "For the instructor"), (CHINESE, "解答", "教师备注")):
        folded = [cell for cell in cells(ready, edition) if "<details>" in cell.source]
        assert [cell.cell_type for cell in folded] == ["markdown", "markdown"]
        assert [re.search("<summary>(.*)</summary>", cell.source)[1] for cell in folded] == [note, solution]
        assert folded[0].metadata.slideshow.slide_type == "notes"
        assert "```python\ndef double(value):\n    return 2 * value\n```" in folded[1].source


def test_a_solution_with_a_fence_in_it_stays_in_one_piece(course):
    before = "```{code-cell}\n:tags: [solution]\n\ndef double(value):\n    return 2 * value\n```"
    after = "`" + before.replace("return 2", 'return """\n```\ninside\n```\n""" and 2') + "`"
    course(before, after)
    for edition in EDITIONS:
        solution = notebooks.build(FIXTURE, edition, course.folder).cells
        [folded] = [c.source for c in solution if "inside" in c.source]
        blocks = [token.content for token in MarkdownIt().parse(folded) if token.type == "fence"]
        assert len(blocks) == 1
        assert "inside" in blocks[0]
        assert blocks[0].endswith("2 * value\n")


@pytest.mark.parametrize(("old", "new"), [("x = 1", "x = 1\n"), ("10%\r20%", "10%\n20%"), ("a\u2028b", "a\nb")])
def test_differences_in_line_ends_are_told(old, new):
    assert text_difference("source", old, new)
    assert text_difference("source", old, old) == []


def test_a_stored_output_keeps_picture_and_text_and_no_widget(ready):
    picture, slider = cells(ready, ENGLISH)[3:5]
    printed, shown = picture.outputs
    assert printed.text == "number 0\nnumber 1\nnumber 2\n"
    assert sorted(shown.data) == ["image/png", "text/plain"]
    assert Image.open(io.BytesIO(base64.b64decode(shown.data["image/png"]))).size == (64, 64)
    assert sorted(slider.outputs[0].data) == ["text/plain"]


def test_two_builds_are_the_same_bytes_but_for_cells_tagged_timing(ready, tmp_path):
    shutil.copytree(ready / "source", tmp_path / "source")
    notebooks.main(["--folder", str(tmp_path)])
    for edition in EDITIONS:
        first, second = cells(ready, edition), cells(tmp_path, edition)
        timed = [index for index, cell in enumerate(first) if "timing" in cell.metadata.get("tags", [])]
        assert len(timed) == 1
        assert first[timed[0]].metadata.tags == ["timing", "nbval-ignore-output"]
        assert first[timed[0]].outputs != second[timed[0]].outputs
        first[timed[0]].outputs = second[timed[0]].outputs = []
        assert first == second
        text = notebooks.target(FIXTURE, edition, ready).read_text(encoding="utf-8")
        assert not re.search(r'"(version|shell\.|iopub\.)[^"]*": "', text)


def test_the_student_edition_has_neither_solutions_nor_notes(course):
    for edition in EDITIONS:
        built = notebooks.build(FIXTURE, edition, course.folder, student=True)
        assert not [cell for cell in built.cells if "<details>" in cell.source]
        assert [cell for cell in built.cells if "exercise" in cell.metadata.get("tags", [])]


def test_check_finds_nothing_in_a_fresh_build_and_every_change_after_it(ready, capsys):
    notebooks.main(["--folder", str(ready), "--check"])
    path = notebooks.target(FIXTURE, CHINESE, ready)
    fresh = nbformat.read(path, as_version=4)
    changes = {
        "cell 4: output text": lambda cell: cell.outputs[0].update(text="number 7\n"),
        "cell 4: picture": lambda cell: cell.outputs[1].data.update({"image/png": png(64, shift=5)}),
        "cell 4: picture size": lambda cell: cell.outputs[1].data.update({"image/png": png(32)}),
        "cell 4: kind": lambda cell: cell.outputs[1].data.update({"text/html": "<b>1</b>"}),
        "cell 4: number of outputs": lambda cell: cell.outputs.pop(),
        "cell 4: execution count": lambda cell: cell.update(execution_count=9),
        "cell 4: source": lambda cell: cell.update(source="1"),
        "cell 4: id": lambda cell: cell.update(id="other"),
        "cell 4: metadata": lambda cell: cell.metadata.update(tags=["timing"]),
    }
    for what, change in changes.items():
        stale, built = (nbformat.from_dict(fresh) for _ in range(2))
        change(stale.cells[3])
        found = notebooks.differences(built, stale)
        assert found, what
        assert all(line.startswith("cell 4: ") for line in found)
    near, timed = (nbformat.from_dict(fresh) for _ in range(2))
    near.cells[3].outputs[1].data["image/png"] = png(64, shift=1)  # within the tolerance
    timed.cells[5].outputs[0].text = "1.0\n"
    assert notebooks.differences(fresh, near) == notebooks.differences(fresh, timed) == []
    short = nbformat.from_dict(fresh)
    short.cells.pop()
    assert notebooks.differences(fresh, short)

    nbformat.write(short, path)
    with pytest.raises(SystemExit, match=f"zh/{FIXTURE}: 9 cells built|8 cells stored, 9 built"):
        notebooks.main(["--folder", str(ready), "--check"])
    nbformat.write(fresh, path)


def png(side, shift=0):
    picture = Image.linear_gradient("L").resize((side, side)).point(lambda value: min(value + shift, 255))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('+++ {"tags": ["zh"]}\n\n## 练习\n\n请把它加倍。\n', "", "no Chinese twin"),
        ('+++ {"tags": ["en"]}\n\n## Exercise\n\nDouble it.\n', "", "no English twin"),
        ('+++ {"tags": ["zh", "instructor"]}', '+++ {"tags": ["zh"]}', "no Chinese twin"),
        ('+++ {"tags": ["en"]}\n\n## Ex', "+++\n\n## Ex", "prose is tagged en or zh"),
        ('+++ {"tags": ["zh"]}\n\n## 练习\n\n请把它加倍。', '+++ {"tags": ["zh"]}\n\n## Exercise', "is not Chinese"),
        ('+++ {"tags": ["zh"], "slideshow": {"slide_type": "slide"}}', '+++ {"tags": ["zh"]}', "its slide mark"),
        (":tags: [language]\n\n", "", "tagged language"),
        ('speak("en")', "", "has no speak"),
        (":tags: [solution]", ":tags: [timing]", "no solution stands beneath"),
        (":tags: [exercise]", ":tags: [timing]", "no exercise stands above"),
        (":tags: [timing]", ":tags: [tmiing]", "cannot be tagged tmiing"),
    ],
)
def test_a_source_with_a_fault_is_not_built(course, old, new, fault):
    course(old, new)
    with pytest.raises(Fault, match=fault):
        notebooks.build(FIXTURE, ENGLISH, course.folder)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import sys; print('careful', file=sys.stderr)", "wrote on stderr: careful"),
        ("import os; os._exit(0)", "died"),
        ("import time; time.sleep(60)", "timed out"),
        ("object()", "differs in every run"),
    ],
)
def test_a_notebook_that_fails_or_stalls_is_a_fault(course, monkeypatch, code, fault):
    monkeypatch.setattr(notebooks, "CELL_SECONDS", 4)
    course('ipywidgets.IntSlider(description="K")', code)
    path = notebooks.target(FIXTURE, ENGLISH, course.folder)
    with pytest.raises(Fault, match=f"(?s){re.escape(str(path))}.*{fault}"):
        notebooks.execute({path: notebooks.build(FIXTURE, ENGLISH, course.folder)})


def test_a_run_that_never_ends_is_stopped_and_nothing_is_written(course, monkeypatch):
    monkeypatch.setattr(notebooks, "RUN_SECONDS", 3)
    course('ipywidgets.IntSlider(description="K")', "import time; time.sleep(60)")
    with pytest.raises(SystemExit, match="did not end within 3 seconds"):
        notebooks.main(["--folder", str(course.folder)])
    assert not list(course.folder.rglob("*.ipynb"))


def test_a_source_out_of_form_or_with_a_slip_in_its_code_is_told_and_tidied(course):
    assert sources.lint(FIXTURE, course.folder) == []
    tidy = sources.source(FIXTURE, course.folder).read_text(encoding="utf-8")
    course("return 2 * value", "return  2*value")
    course("tags: [exercise]", "tags: [ exercise ]")
    found = "\n".join(sources.lint(FIXTURE, course.folder))
    assert "-    return  2*value" in found
    assert "-:tags: [ exercise ]" in found
    notebooks.main(["--folder", str(course.folder), "--tidy"])
    assert sources.source(FIXTURE, course.folder).read_text(encoding="utf-8") == tidy
    course("return 2 * value", "return 2 * valu")
    with pytest.raises(SystemExit, match="Undefined name `valu`"):
        notebooks.main(["--folder", str(course.folder), "--lint"])


def stored_as(picture):
    """What `_light` makes of a picture: the kind, its size against a plain PNG's, the farthest colour."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    data = {"image/png": base64.b64encode(buffer.getvalue()).decode(), "text/plain": "kept"}
    notebooks._light(data)
    [kind] = set(data) - {"text/plain"}
    again = Image.open(io.BytesIO(base64.b64decode(data[kind]))).convert("RGB")
    assert again.size == picture.size
    far = np.abs(np.asarray(again, float) - np.asarray(picture.convert("RGB"), float))
    return kind, len(base64.b64decode(data[kind])) / len(buffer.getvalue()), far


def test_a_drawing_stays_as_it_is_and_a_photograph_is_stored_light():
    drawing = Image.new("RGBA", (400, 300), "white")
    drawing.paste((0, 114, 178, 255), (40, 30, 200, 90))
    kind, share, far = stored_as(drawing)
    assert kind == "image/png"
    assert share <= 1
    assert far.max() == 0
    kind, share, far = stored_as(Image.fromarray(images.load("coffee")))
    assert kind == "image/jpeg"
    assert share < 0.25
    assert np.sqrt((far**2).mean()) < 5
