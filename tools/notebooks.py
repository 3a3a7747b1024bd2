"""Build both editions of every notebook from its one source, or hold the committed ones against it.

The command, as `make notebooks ARGS=...` calls it:

    python -m tools.notebooks                    write notebooks/NAME.ipynb and notebooks/zh/NAME.ipynb, executed
    python -m tools.notebooks --check            execute, compare with what stands there, write nothing
    python -m tools.notebooks --student DIR      write into DIR, without solutions and instructor notes
    python -m tools.notebooks --lint             check the form of the sources and the style of their code
    python -m tools.notebooks --tidy             bring the sources into that form
    python -m tools.notebooks --words            bring the Chinese catalogues of their code cells up to date
    python -m tools.notebooks 4.2_clustering     only the notebooks named
"""

import argparse
import asyncio
import base64
import io
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image, ImageChops, ImageStat

from tools import glossary
from tools.differences import PICTURES, differences
from tools.sources import FOLDER, METADATA, SPEAK, Fault, canonical, lint, names, read, source, tags_of
from tools.translation import catalogue_path, merged, missing, translated, translations

CELL_SECONDS = 120  # that one cell may take
RUN_SECONDS = 480  # that all notebooks together may take
UNSEEN = 1.2  # grey levels, root mean square, that fewer colours may take from a channel
NO_LINKS = {"instructor", "solution"}  # cells where no term is linked to the glossary
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class Edition:
    """One of the two languages that a source is built in."""

    tag: str  # of its prose cells
    language: str  # what LANGUAGE is set to
    folder: str  # below notebooks/
    solution: str  # the words to unfold a solution
    instructor: str


ENGLISH = Edition("en", "en", ".", "Solution", "For the instructor")
CHINESE = Edition("zh", "zh_CN", "zh", "解答", "教师备注")
EDITIONS = (ENGLISH, CHINESE)


# ---- from source to notebook, unexecuted


def target(name, edition, folder=FOLDER):
    """Return where an edition of a notebook stands."""
    return Path(folder, edition.folder, f"{name}.ipynb")


def build(name, edition, folder=FOLDER, *, student=False):
    """Return an edition of a notebook as its source gives it, before it runs."""
    notebook = nbformat.v4.new_notebook(metadata=METADATA)
    words = translations(name, folder) if edition is CHINESE else {}
    for cell in read(name, folder):
        tags = tags_of(cell)
        if tags & {"en", "zh"} and edition.tag not in tags:
            continue
        if student and tags & {"solution", "instructor"}:
            continue
        cell.id = f"cell-{len(notebook.cells) + 1:03d}"
        if cell.cell_type == "code":
            cell.source = translated(cell.source, words)
        notebook.cells.append(_edited(cell, tags, edition))
    prose = [cell for cell in notebook.cells if cell.cell_type == "markdown" and not tags_of(cell) & NO_LINKS]
    page = Path(os.path.relpath(glossary.PLACE, edition.folder)).as_posix()
    for cell, text in zip(prose, glossary.linked([c.source for c in prose], edition.tag, folder, page, name)):
        cell.source = text
    return notebook


def code_cells(name, folder=FOLDER):
    """Return the text of a source's code cells, solutions included."""
    return [cell.source for cell in read(name, folder) if cell.cell_type == "code"]


def _edited(cell, tags, edition):
    """Return a cell of the source as it stands in an edition."""
    metadata = {key: value for key, value in cell.metadata.items() if key != "tags"}
    kept = sorted(tags - {"en", "zh"})
    if "timing" in tags:
        kept.append("nbval-ignore-output")
    if kept:
        metadata["tags"] = kept
    if "language" in tags:
        text = cell.source.replace(SPEAK.format("en"), SPEAK.format(edition.language))
        return nbformat.v4.new_code_cell(text, id=cell.id, metadata=metadata)
    if "solution" in tags:
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", cell.source)), default=0))  # longer than any in the code
        text = _folded(edition.solution, f"{fence}python\n{cell.source}\n{fence}")
        return nbformat.v4.new_markdown_cell(text, id=cell.id, metadata=metadata)
    if "instructor" in tags:
        metadata["slideshow"] = {"slide_type": "notes"}
        return nbformat.v4.new_markdown_cell(_folded(edition.instructor, cell.source), id=cell.id, metadata=metadata)
    new = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return new(cell.source, id=cell.id, metadata=metadata)


def _folded(summary, text):
    return f"<details>\n<summary>{summary}</summary>\n\n{text}\n\n</details>"


# ---- running


def execute(notebooks):
    """Run notebooks, given as {path: notebook}, two at a time, each in the folder of its path; raise at any fault."""
    faults = [fault for fault in asyncio.run(_execute_all(notebooks)) if fault]
    if faults:
        raise Fault("\n\n".join(faults))


async def _execute_all(notebooks):
    turns = asyncio.Semaphore(2)
    try:
        async with asyncio.timeout(RUN_SECONDS):
            return await asyncio.gather(*(_execute(path, notebook, turns) for path, notebook in notebooks.items()))
    except TimeoutError:
        return [f"the notebooks did not end within {RUN_SECONDS} seconds"]


async def _execute(path, notebook, turns):
    """Run one notebook and return what is wrong with it, or None."""
    path.parent.mkdir(parents=True, exist_ok=True)
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        resources={"metadata": {"path": str(path.parent)}},
        kernel_name="python3",
        extra_arguments=["--HistoryManager.enabled=False", "--IPKernelApp.log_level=ERROR"],
        coalesce_streams=True,
        iopub_timeout=30,
        raise_on_iopub_timeout=True,
        record_timing=False,
        store_widget_state=False,
        shutdown_kernel="immediate",
    )
    async with turns:
        try:
            await client.async_execute()
        except Exception as fault:  # whatever it is, it is told as the fault of this notebook
            return f"{path}: {fault}"
    notebook.metadata = nbformat.from_dict(METADATA)
    for number, cell in enumerate(notebook.cells, 1):
        problem = _stored(cell) if cell.cell_type == "code" else None
        if problem:
            return f"{path}, cell {number}: {problem}\n\n{cell.source}"
    return None


def _stored(cell):
    """Reduce what a cell gave to what is stored, and say what must not be stored, or return None."""
    if cell.execution_count is None:
        return "it never ran"
    for output in cell.outputs:
        if output.output_type == "stream":
            if output.name == "stderr":
                return f"it wrote on stderr: {output.text}"
            continue
        output.data.pop(WIDGET_VIEW, None)
        if "image/png" in output.data:
            output.data.pop("image/jpeg", None)
            _light(output.data)
            output.metadata = {
                kind: output.metadata["image/png"]
                for kind in output.data
                if "image/png" in output.metadata and kind in PICTURES
            }
        address = re.search(r"\bat 0x[0-9a-f]{6,}", output.data.get("text/plain", ""))
        if address and "timing" not in tags_of(cell):
            return f"its text differs in every run: {output.data['text/plain']}"
    return None


def _light(data):
    """Store a PNG as the lightest of three that show the same to the eye: PNG, PNG of 256 colours, JPEG."""
    png = base64.b64decode(data["image/png"])
    with Image.open(io.BytesIO(png)) as opened:
        whole = opened.convert("RGBA")
    white = Image.new("RGBA", whole.size, "white")
    picture = Image.alpha_composite(white, whole).convert("RGB")
    few = picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    kinds = {"image/png": [_bytes(picture, "PNG", optimize=True)], "image/jpeg": []}
    if ImageStat.Stat(ImageChops.difference(picture, few.convert("RGB"))).rms < [UNSEEN] * 3:
        kinds["image/png"].append(_bytes(few, "PNG", optimize=True))
    kinds["image/jpeg"].append(_bytes(picture, "JPEG", quality=88, subsampling=0, optimize=True))
    kind, best = min(((kind, data) for kind in kinds for data in kinds[kind]), key=lambda pair: len(pair[1]))
    del data["image/png"]
    data[kind] = base64.b64encode(best).decode()


def _bytes(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


# ---- comparing


def check(name, edition, folder=FOLDER, *, executed=None):
    """Return where a stored edition is not what its source gives; `executed` adds a look at what ran."""
    path = target(name, edition, folder)
    if not path.exists():
        return [f"{path.name} does not exist; `make notebooks` writes it"]
    built = build(name, edition, folder) if executed is None else executed
    return differences(built, nbformat.read(path, as_version=4), outputs=executed is not None)


# ---- the command


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks", description="Build the notebooks of the course.")
    parser.add_argument("names", nargs="*", help="which ones (all that have a source)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where source/ is, and the notebooks go")
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    parser.add_argument("--lint", action="store_true", help="check the form of the sources")
    parser.add_argument("--tidy", action="store_true", help="bring the sources into that form")
    parser.add_argument("--words", action="store_true", help="bring the catalogues of code cells up to date")
    parser.add_argument("--student", type=Path, metavar="DIR", help="write there, without solutions and notes")
    options = parser.parse_args(arguments)
    known = names(options.folder)
    if set(options.names) - set(known):
        parser.error(f"{', '.join(options.names)}: expected some of {', '.join(known)}")
    chosen = options.names or known
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # of kernels that run two at a time
        os.environ.setdefault(name, "1")
    try:
        if options.tidy:
            faults = []
            for path in (source(name, options.folder) for name in chosen):
                path.write_text(canonical(path.read_text(encoding="utf-8")), encoding="utf-8")
        elif options.words:
            faults = [line for name in chosen for line in _words(name, options.folder)]
        elif options.lint:
            faults = [f"{name}: {line}" for name in chosen for line in lint(name, options.folder)]
        else:
            faults = _make(chosen, options)
    except Fault as problem:
        faults = [str(problem)]
    if faults:
        sys.exit("\n".join(faults))


def _make(chosen, options):
    place, student = options.student or options.folder, options.student is not None
    wanted = [(name, edition) for name in chosen for edition in EDITIONS]
    built = {
        target(name, edition, place): build(name, edition, options.folder, student=student) for name, edition in wanted
    }
    if options.check:
        stale = _all(wanted, options.folder)
        if stale:
            return stale  # there is no need to run what differs already
    execute(built)
    if student and (options.folder / glossary.PLACE).is_file():
        (place / glossary.PLACE).parent.mkdir(exist_ok=True)
        shutil.copyfile(options.folder / glossary.PLACE, place / glossary.PLACE)
    if options.check:
        return _all(wanted, options.folder, built)
    for path, notebook in built.items():
        nbformat.write(notebook, path)
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    return []


def _words(name, folder):
    """Write the catalogue of a notebook's code cells and return what lacks Chinese."""
    codes = code_cells(name, folder)
    path = catalogue_path(name, folder)
    path.write_bytes(merged(name, codes, folder))
    return [f"{path.name}: {message!r}" for message in missing(name, codes, folder)]


def _all(wanted, folder, built=None):
    lines = []
    for name, edition in wanted:
        executed = built[target(name, edition, folder)] if built else None
        lines += [f"{edition.tag}/{name}: {line}" for line in check(name, edition, folder, executed=executed)]
    return lines


if __name__ == "__main__":
    main()
