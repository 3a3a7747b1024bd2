"""Turn the outlines in tools/ground_truth/*.json into the label maps of seglearn/data/ground_truth/.

    python -m tools.ground_truth

One file per photograph: the class names, label 0 first, and the shapes, painted in order, a later one over an
earlier one. A shape is a polygon ("row,col row,col ...") or an ellipse ("row,col height,width degrees": centre, half
axes, turned counter-clockwise). The class "unlabelled" takes a part out of the scoring. A file without shapes is that
of a black silhouette on white, which is its own label map. At the end every pixel within two pixels of another class
becomes 255, so that an outline may be off by two pixels without being scored.
"""

import json
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.draw import ellipse, polygon

from seglearn import images

OUTLINES = Path(__file__).with_suffix("")
OUTPUT = Path(__file__).parents[1] / "seglearn" / "data" / "ground_truth"
UNLABELLED = 255
BAND = 2  # pixels on either side of a border
PALETTE = ["000000", "e69f00", "56b4e9", "009e73", "f0e442", "0072b2", "d55e00", "cc79a7", "999999"]  # Okabe-Ito


def numbers(text):
    """(n, 2) array from "row,col row,col ..."."""
    return np.array([pair.split(",") for pair in text.split()], dtype=float)


def paint(outlines, shape):
    """Label map (H, W) uint8 of the shapes as drawn, without the band."""
    labels = np.zeros(shape, dtype=np.uint8)
    for one in outlines["shapes"]:
        label = UNLABELLED if one["class"] == "unlabelled" else outlines["classes"].index(one["class"])
        if "polygon" in one:
            rows, cols = polygon(*numbers(one["polygon"]).T, shape)
        else:
            *pairs, degrees = one["ellipse"].split()
            (row, col), (height, width) = numbers(" ".join(pairs))
            rows, cols = ellipse(row, col, height, width, shape, np.deg2rad(float(degrees)))
        labels[rows, cols] = label
    return labels


def add_band(labels):
    """The label map with 255 on every pixel that has another class within BAND pixels."""
    offsets = np.arange(-BAND, BAND + 1)
    disc = np.hypot(*np.meshgrid(offsets, offsets)) <= BAND
    mixed = ndimage.maximum_filter(labels, footprint=disc) != ndimage.minimum_filter(labels, footprint=disc)
    return np.where(mixed, np.uint8(UNLABELLED), labels)


def label_map(name):
    """Label map (H, W) uint8 of one photograph: 0 background, 1, 2, ... its classes, 255 unlabelled."""
    outlines = json.loads((OUTLINES / f"{name}.json").read_text())
    image = images.load(name)
    if "shapes" not in outlines:  # a black silhouette on white is its own ground truth
        return add_band((image == 0).astype(np.uint8))
    return add_band(paint(outlines, image.shape[:2]))


def main():
    """Write one palette PNG per photograph and the names of the classes."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    palette = bytes.fromhex("".join(PALETTE)).ljust(255 * 3, b"\0") + bytes.fromhex("ffffff")
    classes = {}
    for path in sorted(OUTLINES.glob("*.json")):
        classes[path.stem] = json.loads(path.read_text())["classes"]
        picture = Image.fromarray(label_map(path.stem)).convert("L")
        picture.putpalette(palette)
        picture.save(OUTPUT / f"{path.stem}.png", optimize=True)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(names)}" for name, names in classes.items())
    (OUTPUT / "classes.json").write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main()
