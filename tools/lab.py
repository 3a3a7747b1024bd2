"""Open the course: `make lab`. Notebooks open as the reader's own copies, in the folder `course/`.

An update of the course never touches what a reader has changed. A copy whose cells are still as they came is renewed;
one with changes stays, and the new edition comes to lie beside it as `NAME.new.ipynb`. `course/start.ipynb` leads in.
"""

import hashlib
import json
import locale
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from seglearn.sections import SECTIONS
from tools import glossary

ROOT = Path(__file__).parents[1]
SHIPPED, OWN = ROOT / "notebooks", ROOT / "course"
RECORD = ".shipped.json"  # in `course/`: {path: what its cells were when it was copied}
# Markdown is shown, not its source; no question about news, no server asked for updates.
SETTINGS = {
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}
PAGES = {
    "en": """# Image segmentation, a course that you run

[中文](zh/start.ipynb)

{rows}

Open a notebook, choose *Run → Run All Cells*, and read from the top. It runs without a network.

**What you change stays yours.** These are copies, in the folder `course/`. An update of the course renews the copies
that you left as they were; where you wrote something, the new edition lies beside it as `NAME.new.ipynb`. To begin
afresh, delete a copy and start `make lab` again.

[The terms of the course, English and Chinese](source/glossary.md)
""",
    "zh": """# 图像分割：一门可以运行的课

[English](../start.ipynb)

{rows}

打开一个笔记本，选择“运行 → 运行所有单元格”，从头读起。运行时不需要网络。

**你改过的，都会留着。** 这里是副本，放在 `course/` 文件夹里。课程更新时，没改过的副本会换成新的；
改过的原样保留，新版放在旁边，名为 `NAME.new.ipynb`。想重新开始，就删掉副本，再运行一次 `make lab`。

[课程术语（中英对照）](../source/glossary.md)
""",
}
HEADS = {"en": "| notebook | minutes |\n| --- | --- |", "zh": "| 笔记本 | 分钟 |\n| --- | --- |"}
MINUTES = re.compile(r"^\*{1,2}(\d+) ?(?:minutes|分钟)", re.MULTILINE)  # how each section of a notebook begins


def main(arguments):
    told = prepare(SHIPPED, OWN)
    print(*told, sep="\n", end="\n" * bool(told))
    settings = Path(sys.prefix, "share", "jupyter", "lab", "settings", "overrides.d")
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "seglearn.json").write_text(json.dumps(SETTINGS))
    page = "zh/start.ipynb" if _speaks_chinese() else "start.ipynb"
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    url = f"--LabApp.default_url=/lab/tree/{page}"
    return subprocess.call([sys.executable, "-m", "jupyter", "lab", *root, url, *arguments, str(OWN)])


def prepare(shipped, own):
    """Copy or renew what the reader has not changed, write the start pages; return lines on what was left alone."""
    own.mkdir(exist_ok=True)
    record_path, told = own / RECORD, []
    record = json.loads(record_path.read_text()) if record_path.is_file() else {}
    for path in sorted([*shipped.glob("*.ipynb"), *shipped.glob("zh/*.ipynb")]):
        name = path.relative_to(shipped).as_posix()
        copy, beside = own / name, (own / name).with_suffix(".new.ipynb")
        new = _cells(path)
        copy.parent.mkdir(exist_ok=True)
        if not copy.exists() or _cells(copy) == record.get(name):
            shutil.copyfile(path, copy)
            record[name] = new
        elif record.get(name) != new and _cells(copy) != new:
            shutil.copyfile(path, beside)
            told.append(f"{name}: you changed it, so it stays; the new edition is {beside.relative_to(own).as_posix()}")
    record_path.write_text(json.dumps(record, indent=1))
    for language, folder in (("en", own), ("zh", own / "zh")):
        folder.mkdir(exist_ok=True)
        page = PAGES[language].format(rows="\n".join([HEADS[language], *_rows(shipped, language)]))
        nbformat.write(_as_notebook(page), folder / "start.ipynb")
    (own / glossary.PLACE).parent.mkdir(exist_ok=True)
    shutil.copyfile(shipped / glossary.PLACE, own / glossary.PLACE)
    return told


def _as_notebook(text):
    """Return a page as a notebook of one cell, since JupyterLab shows it at once, and its links open there."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}  # or JupyterLab would ask for one
    cell = nbformat.v4.new_markdown_cell(text, id="start")
    return nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})


def _cells(path):
    """Return a text that tells whether two notebooks have the same cells, whatever they have put out."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources = [["".join(cell["source"]), cell["cell_type"]] for cell in cells]
    except (ValueError, KeyError, TypeError):
        return "not a notebook"  # the reader's own affair
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()


def _rows(shipped, language):
    """Return the lines of the table of notebooks that there are."""
    for section in SECTIONS:
        path = shipped / ("zh" if language == "zh" else "") / f"{section.notebook}.ipynb"
        if path.is_file():
            texts = ["".join(c["source"]) for c in json.loads(path.read_text(encoding="utf-8"))["cells"]]
            title = next(m[1] for m in (re.match("# (.+)", text) for text in texts) if m)
            minutes = sum(map(int, MINUTES.findall("\n".join(texts))))
            yield f"| [{title}]({path.name}) | {minutes or ''} |"


def _speaks_chinese():
    names = [os.environ.get(name, "") for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")]
    name = next(filter(None, names), "") or locale.getlocale()[0] or ""
    return name.lower().startswith(("zh", "chinese"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
