"""The terms of `notebooks/source/glossary.md`, each linked to it from where it first stands in a notebook.

The reader who points at the link sees the term in the other language.
"""

import re
from pathlib import Path

PLACE = Path("source", "glossary.md")  # below notebooks/, and below the reader's copies
COLUMNS = {"en": 0, "zh": 1}
# Where no term is linked: code, formulas, links, tags, titles of papers, headings, a section's minutes.
OTHER = re.compile(
    r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$|!?\[[^\]]*\]\([^)]*\)|<[^>\n]+>|https?://\S+"
    r"|(?<=, )\"[^\"\n]+\"(?=,)"
    r"|^#.*?$|^\*+\d+ ?(?:minutes|分钟).*?$",
    re.DOTALL | re.MULTILINE,
)
# Words that mean something else in plain prose: they are terms where they are emphasised.
EVERYDAY = {
    "boundary", "connection", "context", "contour", "convergence", "dam", "degree", "direction", "edge", "elbow",
    "energy", "flooding", "foreground", "global", "iterative", "kernel", "mask", "mode", "precision", "rate",
    "recall", "ringing", "seed", "serial", "silhouette", "step", "threshold", "valley", "weight", "淹没",
}  # fmt: skip


# A word that is a term of two sections: the rows of the glossary, by what stands in brackets, for one notebook alone.
ONLY = {"SLIC": "4.2_clustering", "region growing": "4.4_regions"}


def terms(language, folder, name=""):
    """Return {term: its line in the other language} for a notebook; a line of the glossary may have several.

    {} without a glossary.
    """
    found, column = {}, COLUMNS[language]
    if not Path(folder, PLACE).is_file():
        return found
    lines = [line for line in Path(folder, PLACE).read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    for line in lines[2:]:
        cells = [cell.strip() for cell in line.split("|")[1:3]]
        about = re.search(r"\(([^)]*)\)", cells[0])
        if about and ONLY.get(about[1], name) != name:
            continue
        for term in re.split(r"[;,；／、，]| / ", re.sub(r" ?[（(][^）)]*[）)]", "", cells[column])):
            if term.strip():
                found[term.strip().lower()] = cells[1 - column]
    return found


def linked(texts, language, folder, page, name=""):
    """Return the markdown texts of a notebook, in its order, with the first of every term linked to `page`."""
    words = terms(language, folder, name)
    if not words:
        return texts
    ends = (r"\b", r"s?\b") if language == "en" else ("", "")
    longest_first = sorted(words, key=lambda term: (-len(term), term))
    pattern = re.compile(f"{ends[0]}({'|'.join(map(re.escape, longest_first))}){ends[1]}", re.IGNORECASE)
    seen = set()

    def link(match):
        term = match[1].lower()
        around = match.string[max(0, match.start() - 1) : match.start()], match.string[match.end() : match.end() + 1]
        rare = len(term) == 1 or term in EVERYDAY
        if term in seen or (rare and around != ("*", "*")):
            return match[0]
        seen.add(term)
        return f'[{match[0]}]({page} "{words[term]}")'

    def prose(text):
        out, end = [], 0
        for other in OTHER.finditer(text):
            out += [pattern.sub(link, text[end : other.start()]), other[0]]
            end = other.end()
        return "".join([*out, pattern.sub(link, text[end:])])

    return [prose(text) for text in texts]
