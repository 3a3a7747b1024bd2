"""The catalogue of words: bring it up to date with the code, and print what lacks a translation.

    python -m tools.words

English stands in the code, in `_("...")` and `mark("...")`. Chinese is written by hand into the `.po` file. The same
code and the same translations give the same bytes: no dates, no line numbers.
"""

import ast
import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "seglearn"
PO = PACKAGE / "locale" / "zh_CN" / "LC_MESSAGES" / "seglearn.po"
KEYWORDS = {"_": None, "mark": None}


class Words(Catalog):
    """A catalogue whose header never changes."""

    mime_headers = (
        ("Language", "zh_CN"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "8bit"),
    )


def extract(package=PACKAGE):
    """Return {message: the files that it stands in} of every message in the code, file by file."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package.parent).as_posix()
        for _line, message, _comments, _context in extract_from_file("python", path, keywords=KEYWORDS):
            if place not in found.setdefault(message, []):
                found[message].append(place)
    return found


def unreachable(package=PACKAGE):
    """Return where a message is put together, or `mark` gets a variable: no extraction can see those."""
    places = []
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) == 1]
        seen = {id(call.func) for call in calls if isinstance(getattr(call.args[0], "value", None), str)}
        pieced = {id(call.func) for call in calls if isinstance(call.args[0], ast.JoinedStr | ast.BinOp)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and (
                (node.id == "mark" and id(node) not in seen) or (node.id == "_" and id(node) in pieced)
            ):
                places.append(f"{path.relative_to(package.parent).as_posix()}:{node.lineno}")
    return places


def translations(path=PO):
    """Return the catalogue that stands in a `.po` file as {message: Message}, empty if there is no such file."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {message.id: message for message in read_po(file, abort_invalid=True) if message.id}


def catalogue(package=PACKAGE, path=PO):
    """Return the messages of the code with the translations of the `.po` file."""
    known = translations(path)
    head = "# The words of the course, and its glossary. `make words` keeps it up to date."
    words = Words(locale="zh_CN", header_comment=head, fuzzy=False)
    for message, places in extract(package).items():
        old = known.get(message)
        words.add(message, old.string if old else "", locations=[(place, None) for place in places])
        if old:
            words[message].user_comments = old.user_comments
    return words


def po_bytes(words):
    """Return a catalogue as the bytes of a `.po` file."""
    buffer = io.BytesIO()
    write_po(buffer, words, width=110, include_lineno=False, ignore_obsolete=True)
    return buffer.getvalue()


def untranslated(words):
    """Return the messages that lack a translation."""
    return [message for message in words if message.id and not message.string]


def main():
    words = catalogue()
    dropped = translations().keys() - {message.id for message in words}
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(po_bytes(words))
    for message in sorted(dropped):
        print(f"no longer in the code, dropped: {message!r}")
    for place in unreachable():
        print(f'{place}: not found by the extraction, which needs the string itself in mark("...") or _("...")')
    missing = untranslated(words)
    for message in missing:
        print(f"{message.locations[0][0]}: {message.id!r}")
    print(f"{len(words)} messages, {len(missing)} of them to be translated in {PO.relative_to(ROOT).as_posix()}")


if __name__ == "__main__":
    main()
