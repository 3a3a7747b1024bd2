"""Chinese for code cells: comments, docstrings and printed words come from a catalogue, `notebooks/source/NAME.po`.

A message is the text between the quotes (pieces that stand side by side joined), or a comment without its `#`. What
stands in braces is code and stays. Only strings change: both editions parse to the same syntax tree but for these.
"""

import ast
import io
import re
import tokenize
from collections import Counter
from pathlib import Path

from babel.messages.pofile import read_po

from tools.words import Words, po_bytes

LITERAL = re.compile(r"""(?P<prefix>[rRfFuU]*)(?P<quote>'''|\"\"\"|'|")(?P<body>.*)(?P=quote)""", re.DOTALL)


def catalogue_path(name, folder):
    """Return where the catalogue of a notebook stands."""
    return Path(folder, "source", f"{name}.po")


def translations(name, folder):
    """Return {message: Chinese} of a notebook's code cells, without those that are still empty."""
    path = catalogue_path(name, folder)
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {message.id: message.string for message in read_po(file, abort_invalid=True) if message.id}


def messages(code):
    """Return the messages of a cell that need Chinese: comments, docstrings, and what `print` and `table` say."""
    return list(dict.fromkeys(message for _span, message, needed in _places(code) if needed))


def translated(code, words):
    """Return a cell with the messages that `words` knows in Chinese."""
    lines = code.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    for (first, last), message, _needed in sorted(_places(code), reverse=True):
        chinese = words.get(message)
        if chinese:
            begin, end = (starts[row - 1] + col for row, col in (first, last))
            old = code[begin:end]
            code = code[:begin] + _rewritten(old, chinese) + code[end:]
    return code


def same_code(first, second):
    """Tell whether two cells are the same program but for the text of strings and comments."""
    return _skeleton(first) == _skeleton(second)


def merged(name, codes, folder):
    """Return the bytes of a notebook's catalogue, brought up to date with its code cells."""
    known = translations(name, folder)
    standing = {message for code in codes for _span, message, _needed in _places(code)}
    needed = [message for code in codes for message in messages(code)]
    words = Words(locale="zh_CN", header_comment=f"# The words in the code cells of {name}.", fuzzy=False)
    for message in dict.fromkeys([*needed, *(kept for kept in known if kept in standing)]):
        words.add(message, known.get(message, ""))
    return po_bytes(words)


def missing(name, codes, folder):
    """Return the messages that have no Chinese yet."""
    known = translations(name, folder)
    return [m for m in dict.fromkeys(message for code in codes for message in messages(code)) if not known.get(m)]


def _places(code):
    """Return ((start, end), message, whether it must be translated) of every comment and string of a cell.

    A position is (line from 1, column in characters).
    """
    if code.lstrip().startswith(("%", "!")):
        return []
    tree, found = ast.parse(code), []
    lines = code.splitlines()

    def at(line, column):  # ast counts bytes
        return line, len(lines[line - 1].encode()[:column].decode())

    shown, inner = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node, clean=False):
            shown.add(id(node.body[0].value))
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("print", "table"):
            shown.update(id(part) for part in ast.walk(node) if _is_text(part))
        if isinstance(node, ast.JoinedStr):
            inner.update(id(part) for part in ast.walk(node) if part is not node)
    for node in ast.walk(tree):
        if _is_text(node) and id(node) not in inner:
            span = at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)
            message = _message(ast.get_source_segment(code, node))
            words = re.sub(r"\{[^{}]*\}", "", message)
            found.append((span, message, id(node) in shown and bool(re.search("[A-Za-z]{2}", words))))
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT and not token.string.startswith("# fmt:"):
            message = token.string.lstrip("# ")
            found.append(((token.start, token.end), message, bool(re.search("[A-Za-z]{3}", message))))
    return found


def _is_text(node):
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _message(literal):
    """Return the text of a literal as it stands in the code, the pieces of a long one joined."""
    return "".join(LITERAL.fullmatch(piece)["body"] for piece in _pieces(literal))


def _pieces(literal):
    """Split a literal into the strings that stand side by side in it."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({literal})").readline))
    except tokenize.TokenError:
        return [literal]
    lines = f"({literal})".splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    text, pieces, depth, begin = f"({literal})", [], 0, 0
    for token in tokens:
        start, end = (starts[row - 1] + col for row, col in (token.start, token.end))
        kind = tokenize.tok_name[token.type]
        if kind == "STRING" and depth == 0:
            pieces.append(text[start:end])
        elif kind == "FSTRING_START":  # Python 3.12 and later
            begin, depth = (start if depth == 0 else begin), depth + 1
        elif kind == "FSTRING_END":
            depth -= 1
            if depth == 0:
                pieces.append(text[begin:end])
    return pieces


def _rewritten(old, chinese):
    """Return a comment or literal with other words."""
    if old.startswith("#"):
        return f"# {chinese}"
    pieces = [LITERAL.fullmatch(piece) for piece in _pieces(old)]
    prefix = next((piece["prefix"] for piece in pieces if piece["prefix"]), "")
    return f"{prefix}{pieces[0]['quote']}{chinese}{pieces[0]['quote']}"


def _skeleton(code):
    """Return a cell's syntax tree with every text emptied, and the code in braces of f-strings as a bag."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            filled = Counter(ast.dump(part) for part in node.values if isinstance(part, ast.FormattedValue))
            node.values = [ast.Constant(str(sorted(filled.items())))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.startswith("[("):
            node.value = ""
    return ast.dump(tree)
