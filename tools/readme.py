"""The tables of both READMEs, made from what the races gave (`make bench ARGS=--write`), never typed."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
BEGIN, END = "<!-- races: written by `make bench ARGS=--write` -->\n", "<!-- end of races -->"
HEADS = {
    "README.md": "| section | method | reference | our time / its | agreement |\n| --- | --- | --- | --- | --- |\n",
    "README.zh.md": "| 小节 | 方法 | 参照 | 用时之比（我们 / 参照） | 一致程度 |\n| --- | --- | --- | --- | --- |\n",
}
SECTIONS = {  # of the files of races
    "4.2": ("k_means", "spectral", "mean_shift", "slic"),
    "4.3": ("edges", "canny"),
    "4.4": ("threshold", "adaptive", "growing", "split_merge", "watershed"),
    "4.5": ("normalized_cut", "max_flow", "graph_cut", "grab_cut"),
    "4.6": ("dense_crf", "networks"),
}


def main():
    for name in HEADS:
        path = ROOT / name
        path.write_text(with_table(path.read_text(encoding="utf-8"), name), encoding="utf-8")


def with_table(text, name):
    """Return a README with the table that the results give."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + HEADS[name] + "".join(lines()) + END + rest.split(END)[1]


def lines():
    """Yield a line for each method and reference: the range of the ratios, the agreement where we are slowest."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    for section, names in SECTIONS.items():
        for name in names:
            groups = {}
            for row in results.get(name, ()):
                what, _slash, reference = row["what"].rpartition(" / ")
                if what:  # a race between two ways of ours has no reference
                    groups.setdefault((what.split(",")[0], reference.split(",")[0]), []).append(row)
            for (method, reference), rows in groups.items():
                low, high = (f(row["ratio"] for row in rows) for f in (min, max))
                slowest = max(rows, key=lambda row: row["ratio"])
                ratio = f"{low:g}" if low == high else f"{low:g} … {high:g}"
                yield f"| {section} | {method} | {reference} | {ratio} | {slowest['agreement']} |\n"
