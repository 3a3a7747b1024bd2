"""Write every figure at its defaults into figures/, as PNG: `make figures` (ARGS="--svg DIR" writes SVG elsewhere)."""

import argparse
import os
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "figures"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--svg", type=Path, metavar="DIR", help="write SVG into this folder instead")
    asked = parser.parse_args()
    os.environ["LANGUAGE"] = "en"
    from seglearn import figures
    from seglearn.figures import style

    folder, kind = (asked.svg, "svg") if asked.svg else (FOLDER, "png")
    folder.mkdir(parents=True, exist_ok=True)
    written = set()
    for function in figures.all_figures():
        drawn = function()
        path = folder / f"{file_name(function)}.{kind}"
        path.write_bytes(style.encode(drawn, kind))
        written.add(path)
        print(f"{path.stem}: {drawn.numbers}")
    if folder == FOLDER:
        for path in set(FOLDER.glob("*.*")) - written:  # of a figure that is no more
            path.unlink()


def file_name(function):
    """Return the name of a figure's file: the lecture's number and the function's name."""
    number = function.number.replace(" (", "-").replace(")", "")
    return f"{number}_{function.__name__}"


if __name__ == "__main__":
    main()
