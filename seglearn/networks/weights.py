"""Weights in files: written whole or not at all, read without running anything that the file may hold."""

import json
import os
import pickle
import tempfile
from importlib import import_module
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError

from seglearn import checks

SHIPPED = Path(__file__).parents[1] / "data" / "weights"
UNIT = ":unit"  # behind a kernel's name
BROKEN = (
    SafetensorError,
    pickle.UnpicklingError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    UnicodeError,
)  # fmt: skip  what a reader raises on bytes that are no weights


def load_weights(model, path) -> None:
    """Give a network the weights of a file.

    Parameters
    ----------
    model : nn.Module; changed in place, and only if the whole file fits.
    path : a safetensors file, or a state dict as PyTorch saves it (.pth, .pt), such as torchvision's for VGG-16. Of
        the latter only tensors are read; a file that would run code is refused.

    Raises
    ------
    ValueError : no file, a broken one or one of another kind, weights of another network.
    """
    tensors = read_tensors(path)
    own = model.state_dict()
    needed = [name for name in own if not name.endswith("num_batches_tracked")]  # a count that nothing reads
    missing = [name for name in needed if name not in tensors]
    unknown = [name for name in tensors if name not in own]
    other = [name for name in needed if name in tensors and tensors[name].shape != own[name].shape]
    if missing or unknown or other:
        told = [f"no {_some(missing)}"] * bool(missing) + [f"{_some(unknown)} too many"] * bool(unknown)
        told += [f"{name} of {tuple(tensors[name].shape)}, not {tuple(own[name].shape)}" for name in other[:1]]
        checks.fail(str(path), f"weights of this {type(model).__name__}", "; ".join(told))
    for name, tensor in tensors.items():
        own[name].copy_(tensor)


def start_weights(model, path) -> list[str]:
    """Let a network that labels pixels begin with what a classifier has learned, and return what it took.

    Parameters
    ----------
    model : nn.Module built on VGG-16 or ResNet-101; changed in place.
    path : as in `load_weights`, of a whole `VGG16` or `ResNet101` of the same width, such as torchvision's.

    Returns
    -------
    The names of the weights that were taken: the layers up to the classifier, and, where the network has them as large,
    fc6 and fc7, laid out as convolutions. All others stay as they are.

    Raises
    ------
    ValueError : no file, a broken one, or one that lacks some of these layers in their shape.

    Source: J. Long, E. Shelhamer and T. Darrell, CVPR 2015, section 4.1. Lecture 4.6.1.
    """
    tensors, own = read_tensors(path), model.state_dict()
    # What the classifier calls them: CRFasRNN holds a network, and what is built on ResNet-101 a backbone.
    wanted = {name: name.removeprefix("network.").removeprefix("backbone.") for name in own}
    encoder = [name for name in own if wanted[name].startswith("features.") or name.startswith("backbone.")]
    needed = [name for name in encoder if not name.endswith("num_batches_tracked") and ".fc." not in name]
    missing = [name for name in needed if wanted[name] not in tensors or tensors[wanted[name]].shape != own[name].shape]
    if missing or not needed:
        told = _some(missing) or f"a {type(model).__name__}, which has none of either"
        checks.fail(str(path), "weights of a VGG-16 or ResNet-101 like this network's own", f"another {told}")
    head = [n for n, plain in wanted.items() if plain.startswith("classifier.") and plain in tensors]
    taken = needed + [n for n in head if tensors[wanted[n]].numel() == own[n].numel() and len(own[n]) > 1]
    for name in taken:
        own[name].copy_(tensors[wanted[name]].view(own[name].shape))
    return taken


def save_weights(model, path, *, eight_bits=False) -> None:
    """Write weights as safetensors; an old file stays until the new one is whole.

    Parameters
    ----------
    model : nn.Module.
    path : the file.
    eight_bits : False writes kernels in half precision. True writes those that are learned as whole numbers from -127
        to 127, those of each output channel in a unit of its own, in half the room; `load_weights` reads both.

    Raises
    ------
    OSError : the disk is full, or the folder doesn't let itself be written.
    """
    learned = {name for name, weight in model.named_parameters() if weight.requires_grad}
    tensors = {}
    for name, tensor in model.state_dict().items():
        if tensor.ndim > 1 and eight_bits and name in learned:
            largest = tensor.abs().amax(dim=tuple(range(1, tensor.ndim)), keepdim=True)  # (K, 1, ...)
            unit = torch.where(largest > 0, largest / 127, 1)
            tensors[name], tensors[name + UNIT] = (tensor / unit).round().to(torch.int8), unit
        elif not name.endswith("num_batches_tracked"):
            tensors[name] = tensor.half() if tensor.ndim > 1 else tensor
    tensors = {name: tensor.contiguous().cpu() for name, tensor in tensors.items()}
    write_whole(path, safetensors.torch.save(tensors))


def shipped(name):
    """Return a trained network of the course, ready to predict, and the record of how it came about.

    Parameters
    ----------
    name : such as "fcn8s_scenes"; a wrong one is answered with all that there are.

    Returns
    -------
    (model, record) : nn.Module in evaluation mode, float32, and a dict with `network`, `arguments`, `classes`, seed,
    steps and scores.

    Example
    -------
    >>> model, record = shipped("fcn8s_scenes")

    Raises
    ------
    ValueError : no such network. Lecture 4.6, figures 4-18 and 4.6-a.
    """
    checks.choice(name, "name", tuple(sorted(path.stem for path in SHIPPED.glob("*.safetensors"))))
    told = record(name)
    model = getattr(import_module("seglearn.networks"), told["network"])(**told["arguments"])
    load_weights(model, SHIPPED / f"{name}.safetensors")
    return model.eval(), told


def record(name) -> dict:
    """Return what `make weights` wrote down of a network, or of what it is compared with ("forest_scenes").

    Raises
    ------
    ValueError : no such record.
    """
    checks.choice(name, "name", tuple(sorted(path.stem for path in SHIPPED.glob("*.json"))))
    return json.loads((SHIPPED / f"{name}.json").read_text(encoding="utf8"))


def read_tensors(path) -> dict:
    """Return the tensors of a file by name, as `load_weights` reads them."""
    if not Path(path).is_file():
        checks.fail("path", "a file of weights", repr(str(path)))
    data = Path(path).read_bytes() if Path(path).suffix == ".safetensors" else None
    try:
        if data is not None:
            return _in_units(safetensors.torch.load(data))
        found = torch.load(path, map_location="cpu", weights_only=True)
    except BROKEN as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        checks.fail(str(path), "whole weights, safetensors or a PyTorch state dict of tensors alone", reason[0][:200])
    if not isinstance(found, dict) or not all(isinstance(tensor, torch.Tensor) for tensor in found.values()):
        checks.fail(str(path), "a dict of tensors", type(found).__name__)
    return found


def write_whole(path, data) -> None:
    """Write bytes so that the file is the old one or the new one at every moment, whatever happens."""
    path = Path(path)
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _in_units(tensors):
    """Multiply whole numbers of eight bits by their units."""
    units = {name.removesuffix(UNIT): tensors.pop(name) for name in list(tensors) if name.endswith(UNIT)}
    return tensors | {name: tensors[name] * unit for name, unit in units.items()}


def _some(names):
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
