"""Write every figure at its defaults into figures/, as PNG and SVG: `make figures`."""

import os
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "figures"


def main():
    os.environ["LANGUAGE"] = "en"
    from seglearn import figures
    from seglearn.figures import style

    FOLDER.mkdir(exist_ok=True)
    wanted = set()
    for function in figures.all_figures():
        drawn = function()
        for kind in ("png", "svg"):
            path = FOLDER / f"{file_name(function)}.{kind}"
            path.write_bytes(style.encode(drawn, kind))
            wanted.add(path)
        print(f"{path.stem}: {drawn.numbers}")
    for path in set(FOLDER.glob("*.*")) - wanted:  # of a figure that is no more
        path.unlink()


def file_name(function):
    """Return the name of a figure's files: the lecture's number and the function's name."""
    return f"{function.number}_{function.__name__}"


if __name__ == "__main__":
    main()
