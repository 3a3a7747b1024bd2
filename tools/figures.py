"""Write every figure at its defaults into figures/, as PNG: `make figures` (ARGS="--svg DIR" writes SVG elsewhere)."""

import argparse
import io
import os
from importlib import import_module
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).parents[1] / "figures"
MOVING, N_FRAMES = "moving.gif", 28  # a figure played, for the README


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
        path = FOLDER / MOVING
        path.write_bytes(played(import_module("seglearn.figures.regions").flooding))
        written.add(path)
        for path in set(FOLDER.glob("*.*")) - written:  # of a figure that is no more
            path.unlink()


def played(function):
    """Return a figure's run, from its start to its end, as a GIF of two thirds of its size."""
    from seglearn.figures import style

    frames, last = [], function().last
    for step in [round(last * k / (N_FRAMES - 1)) for k in range(N_FRAMES)]:
        frame = Image.open(io.BytesIO(style.encode(function(step=step)))).convert("RGB")
        frames.append(frame.resize([2 * side // 3 for side in frame.size], Image.Resampling.LANCZOS).quantize(64))
    out = io.BytesIO()
    pauses = [1000] + [160] * (N_FRAMES - 2) + [2500]  # milliseconds
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=pauses, loop=0, optimize=False)
    return out.getvalue()


def file_name(function):
    """Return the name of a figure's file: the lecture's number and the function's name."""
    number = function.number.replace(" (", "-").replace(")", "")
    return f"{number}_{function.__name__}"


if __name__ == "__main__":
    main()
