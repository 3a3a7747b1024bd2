"""Where two executed notebooks differ: sources and text to the letter, pictures within a tolerance."""

import base64
import difflib
import io

import numpy as np
from PIL import Image

TOLERANCE = 2.0  # grey levels, root mean square: processors differ in the last bit
PICTURES = ("image/png", "image/jpeg")


def differences(built, stored, *, outputs=True):
    """Return, in lines to read, where a stored notebook is not what was built; `outputs=False` passes over what ran.

    The outputs of cells tagged `timing` are passed over in any case.
    """
    lines = [] if built.metadata == stored.metadata else ["the metadata of the notebook differ"]
    if len(built.cells) != len(stored.cells):
        lines.append(f"{len(stored.cells)} cells stored, {len(built.cells)} built")
    for number, (new, old) in enumerate(zip(built.cells, stored.cells), 1):
        found = text_difference("source", old.source, new.source)
        for key in ("id", "cell_type", "metadata"):
            if new[key] != old[key]:
                found.append(f"{key}: {old[key]} stored, {new[key]} built")
        if outputs and not found and new.cell_type == "code" and "timing" not in new.metadata.get("tags", []):
            found = _outputs(old, new)
        lines += [f"cell {number}: {line}" for line in found]
    return lines


def text_difference(name, old, new):
    """Return two texts' difference in lines to read, none if they are equal."""
    if old == new:
        return []
    before, after = (value.splitlines() if isinstance(value, str) else [repr(value)] for value in (old, new))
    if before == after:  # but for how the lines end
        before, after = (list(map(repr, value.splitlines(keepends=True))) for value in (old, new))
    return list(difflib.unified_diff(before, after, f"{name}, stored", f"{name}, built", lineterm="", n=1))


def picture_difference(name, old, new):
    """Return how far two pictures, in base64, are from each other if they are farther than the tolerance."""
    before, after = (Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA") for data in (old, new))
    if before.size != after.size:
        return [f"{name}: {before.size} pixels stored, {after.size} built"]
    distance = np.sqrt(np.mean((np.asarray(before, float) - np.asarray(after, float)) ** 2))
    return [] if distance < TOLERANCE else [f"{name}: differs by {distance:.1f} grey levels (root mean square)"]


def _outputs(old, new):
    if new.execution_count != old.execution_count:
        return [f"execution count {old.execution_count} stored, {new.execution_count} built"]
    if [_kind(output) for output in old.outputs] != [_kind(output) for output in new.outputs]:
        return text_difference("outputs", *("\n".join(str(_kind(output)) for output in c.outputs) for c in (old, new)))
    lines = []
    for before, after in zip(old.outputs, new.outputs):
        if after.output_type == "stream":
            lines += text_difference(after.name, before.text, after.text)
            continue
        for kind, value in after.data.items():
            compare = picture_difference if kind in PICTURES else text_difference
            lines += compare(kind, before.data[kind], value)
    return lines


def _kind(output):
    return output.output_type, output.get("name"), sorted(output.get("data", {})), str(output.get("metadata"))
