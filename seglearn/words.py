"""Words in figures, on controls and in answers, in the reader's language: `LANGUAGE=zh_CN` or English.

English stands in the code, Chinese in `locale/zh_CN/LC_MESSAGES/seglearn.po`, which is also the course's glossary.
"""

import gettext
import os
from functools import lru_cache
from pathlib import Path

LOCALE = Path(__file__).with_name("locale")
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
    return _catalogue(language()).gettext(message)


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
    return gettext.translation("seglearn", LOCALE, [name], fallback=True)
