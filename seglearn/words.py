"""Words in figures, on controls and in answers, in the reader's language: `LANGUAGE=zh_CN` or English.

English stands in the code, Chinese in `locale/zh_CN/LC_MESSAGES/seglearn.po`, which is also the course's glossary.
"""

import ast
import os
import re
from functools import lru_cache, reduce
from pathlib import Path

from seglearn import checks

LOCALE = Path(__file__).with_name("locale")
ENTRY = re.compile(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"\n)+)', re.MULTILINE)  # as `make words` writes it
CJK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "Heiti SC",
    "SimHei",
    "Noto Sans CJK JP",  # the name that matplotlib gives the Noto collection, whatever its face
)


def _(message):
    """Return `message` in the reader's language; English where the machine has no font for it."""
    return _catalogue(language()).get(message, message)


def listed(parts):
    """Return texts in a row, with the comma of the reader's language between them."""
    return reduce(lambda before, part: _("{before}, {part}").format(before=before, part=part), parts)


def speak(language):
    """Let figures and answers speak "en" or "zh_CN" from now on."""
    os.environ["LANGUAGE"] = checks.choice(language, "language", ("en", "zh_CN"))


def mark(message):
    """Mark a word that stands in data for translation; `_` translates it when it is shown."""
    return message


def language():
    """Return "zh_CN" if `LANGUAGE` asks for Chinese and the machine can draw it, else "en"."""
    wanted = os.environ.get("LANGUAGE", "").split(":")[0]
    return "zh_CN" if wanted.startswith("zh") and cjk_font() else "en"


@lru_cache(maxsize=1)
def cjk_font():
    """Return the name of the first Chinese font that this machine has, or None."""
    from matplotlib import font_manager  # here, so that the methods start without matplotlib

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in CJK_FONTS if name in installed), None)


@lru_cache(maxsize=4)
def _catalogue(name):
    """Read {message: translation} from the `.po` file of a language; English has none."""
    path = LOCALE / name / "LC_MESSAGES" / "seglearn.po"
    text = path.read_text(encoding="utf-8") + "\n" if path.is_file() else ""
    entries = [[ast.literal_eval(f"({part})") for part in entry] for entry in ENTRY.findall(text)]
    return {message: translation for message, translation in entries if message and translation}
