"""Training: fixed steps of AdamW, the same for every network of the chapter, which may be cut off and go on."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import distributed
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from seglearn import checks
from seglearn.networks.data import IGNORE, batch
from seglearn.networks.weights import write_whole


@dataclass(frozen=True)
class TrainState:
    """Where a training stands after a step; the network itself has changed in place."""

    step: int  # from 1
    loss: float  # mean cross entropy over the decided pixels of the step's batch, before the step
    learning_rate: float  # of the step


def train(model, data, *, n_steps=1000, batch_size=8, size=None, flip=True, learning_rate=3e-3, weight_decay=1e-4,
          seed=0, bf16=False, device=None, checkpoint=None, every=100, progress=True) -> TrainState:  # fmt: skip
    """Train a network that labels pixels, in place, and return the last state.

    min_w  -1/|D| sum_{p in D} log softmax(s_w(x))_p[y_p],  D: the decided pixels,  by AdamW with the rate
    eta_t = eta min(t / t_0, (1 + cos(pi (t - t_0) / (T - t_0))) / 2),  t_0 = T / 20

    Parameters
    ----------
    model : nn.Module from (B, 3, H, W) to scores (B, K, H, W).
    data : `Dataset`, or any sequence of pairs (H, W, 3) uint8 and (H, W) integers below K, 255 where undecided.
    n_steps : int of at least 1, the T above.
    batch_size : int of at least 1, pictures a step.
    size, flip : cut squares of this side, in pixels (None: whole pictures of one size); mirror every other one.
    learning_rate : float above 0, the peak eta.
    weight_decay : float of at least 0, on kernels only.
    seed : int of at least 0. What is drawn in step t follows from (seed, t) alone; the first weights are the model's.
    bf16 : compute in bfloat16 where the processor has it; the loss and the weights stay in float32.
    device : None takes a GPU where there is one, else the CPU; or a name such as "cpu".
    checkpoint : None, or a file to keep the state in. Where it stands already, training goes on from it, to the same
        weights as without the break (on the same machine with as many threads).
    every : int of at least 1, steps between two checkpoints.
    progress : show a bar with the time left.

    Returns
    -------
    TrainState after step `n_steps`.

    Where `torch.distributed` has been started, each process takes its share of every batch, the gradients are averaged,
    and all keep the same weights; process 0 writes the checkpoint, which all must be able to read. The loss is that of
    one process, to rounding, but for dropout, which each process draws for itself, and for batch normalisation on a
    CPU, which sees a share at a time.

    Example
    -------
    >>> model = FCN8s(7, width=16, head=128, batch_norm=True)
    >>> train(model, scenes(400, rng=0))  # doctest: +SKIP

    Raises
    ------
    ValueError, TypeError : numbers out of range, labels beyond K, a batch without a decided pixel, a checkpoint that
    is broken, of another network or of other settings. ArithmeticError : the loss is no longer finite.

    Source: I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019; the cosine, the same,
    "SGDR", ICLR 2017. Lecture 4.6.
    """
    states = train_steps(
        model, data, n_steps=n_steps, batch_size=batch_size, size=size, flip=flip, learning_rate=learning_rate,
        weight_decay=weight_decay, seed=seed, bf16=bf16, device=device, checkpoint=checkpoint, every=every,
    )  # fmt: skip
    with tqdm(total=n_steps, desc=type(model).__name__, unit="step", disable=not progress) as bar:
        for state in states:
            bar.set_postfix(loss=f"{state.loss:.3f}", refresh=False)
            bar.update(state.step - bar.n)
    return state


def train_steps(model, data, *, n_steps=1000, batch_size=8, size=None, flip=True, learning_rate=3e-3,
                weight_decay=1e-4, seed=0, bf16=False, device=None, checkpoint=None, every=100,
                ) -> Iterator[TrainState]:  # fmt: skip
    """Yield a `TrainState` after every step (first the stored one, if a checkpoint stands); arguments as in `train`."""
    settings = {
        "network": type(model).__name__,
        "n_steps": checks.integer(n_steps, "n_steps", 1),
        "batch_size": checks.integer(batch_size, "batch_size", 1),
        "size": None if size is None else checks.integer(size, "size", 1),
        "flip": bool(flip),
        "learning_rate": checks.number(learning_rate, "learning_rate", above=0),
        "weight_decay": checks.number(weight_decay, "weight_decay", 0),
        "seed": checks.integer(seed, "seed", 0),
        "n_pictures": len(data),
    }
    if not len(data):
        checks.fail("data", "at least one picture", "none")
    _, n_processes = _share()
    if settings["batch_size"] % n_processes:
        checks.fail("batch_size", f"a multiple of the {n_processes} processes", batch_size)
    every = checks.integer(every, "every", 1)
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    model.to(device=device, memory_format=torch.channels_last)
    optimizer = _adamw(model, settings["weight_decay"])
    state = None
    if checkpoint is not None and Path(checkpoint).exists():
        state = _resume(checkpoint, model, optimizer, settings)
    return _steps(model, optimizer, data, settings, state, bf16 and has_bf16(device), device, checkpoint, every)


def has_bf16(device="cpu") -> bool:
    """Tell whether a device computes in bfloat16 by itself; elsewhere it would be imitated, slowly."""
    if torch.device(device).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    found = getattr(torch.cpu, "get_capabilities", dict)()  # which older versions can't tell
    return any(found.get(name, False) for name in ("avx512_bf16", "amx_bf16", "arm_bf16", "bf16"))


def rate(step, n_steps, peak) -> float:
    """Return the learning rate of a step, from 1: up in a straight line for a twentieth, down along a cosine."""
    warm = max(1, n_steps // 20)
    if step <= warm:
        return peak * step / warm
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warm) / (n_steps - warm)))


def _steps(model, optimizer, data, settings, state, bf16, device, checkpoint, every):
    """The loop. Nothing that chance decides outlives a step, so weights, moments and the step are the whole state."""
    n_steps, start = settings["n_steps"], 0
    rank, n_processes = _share()
    network = model if n_processes == 1 else DistributedDataParallel(model)
    if state is not None:
        start = state.step
        yield state
    for step in range(start + 1, n_steps + 1):
        rng = np.random.default_rng((settings["seed"], step))
        chosen = rng.choice(len(data), settings["batch_size"], replace=settings["batch_size"] > len(data))
        x, y = batch(data, chosen, rng, size=settings["size"], flip=settings["flip"])  # (B, 3, h, w), (B, h, w)
        learning_rate = rate(step, n_steps, settings["learning_rate"])
        for group in optimizer.param_groups:
            group["lr"] = learning_rate
        model.train()
        with torch.random.fork_rng(range(torch.cuda.device_count())):  # for dropout; the reader's own stays as it was
            torch.manual_seed(int(rng.integers(2**62)))
            with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
                scores = network(x[rank::n_processes].to(device))  # (B / processes, K, h, w)
        loss = _loss(scores, y.to(device), rank, n_processes)
        state = TrainState(step, _finite(_mean_over_processes(loss, n_processes), step), learning_rate)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if checkpoint is not None and rank == 0 and (step % every == 0 or step == n_steps):
            _save(checkpoint, model, optimizer, settings, state)
        yield state


def _loss(scores, y, rank, n_processes):
    """Cross entropy in float32: a sum over thousands of pixels has no place in half precision.

    Of several processes each sums over its own share and divides by what all have decided, so that the mean of their
    gradients is the gradient of one process.
    """
    decided = y[y != IGNORE]
    if not len(decided):
        checks.fail("data", "a decided pixel in every batch", f"the label to ignore ({IGNORE}) alone")
    for label in (int(decided.min()), int(decided.max())):
        if not 0 <= label < scores.shape[1]:
            checks.fail("data", f"labels from 0 and below {scores.shape[1]}, the network's classes", label)
    if n_processes == 1:
        return F.cross_entropy(scores.float(), y, ignore_index=IGNORE)
    total = F.cross_entropy(scores.float(), y[rank::n_processes], ignore_index=IGNORE, reduction="sum")
    return total / len(decided) * n_processes


def _share():
    """Return this process's number and how many there are."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


def _mean_over_processes(loss, n_processes):
    loss = loss.detach().clone()
    if n_processes > 1:
        distributed.all_reduce(loss)
    return loss.item() / n_processes


def _finite(loss, step):
    if not math.isfinite(loss):
        raise ArithmeticError(f"loss: expected a finite number, got {loss} in step {step}; try a lower learning_rate")
    return loss


def _adamw(model, weight_decay):
    """Kernels decay, biases and the two numbers of a normalisation don't."""
    learned = [p for p in model.parameters() if p.requires_grad]
    kernels, others = [p for p in learned if p.ndim > 1], [p for p in learned if p.ndim <= 1]
    return torch.optim.AdamW(
        [{"params": kernels, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}], lr=0.0
    )


def _save(path, model, optimizer, settings, state):
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    for k, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{k}.{name}": tensor for name, tensor in moments.items()}
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    told = {"settings": settings, "state": vars(state)}
    write_whole(path, safetensors.torch.save(tensors, {"training": json.dumps(told)}))


def _resume(path, model, optimizer, settings):
    """Bring network and optimizer to where a checkpoint left them."""
    try:
        with safe_open(path, "pt") as file:
            told = json.loads((file.metadata() or {}).get("training", "null"))
            names = file.keys()
            tensors = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError, ValueError) as error:
        checks.fail(str(path), "a whole checkpoint", f"a broken file ({error})")
    if told is None:
        checks.fail(str(path), "a checkpoint of a training", "other tensors")
    for name, value in settings.items():
        if told["settings"].get(name) != value:
            checks.fail(str(path), f"a checkpoint with {name} = {value!r}", repr(told["settings"].get(name)))
    own = model.state_dict()
    weights = {name.removeprefix("model."): t for name, t in tensors.items() if name.startswith("model.")}
    other = [
        n for n in own.keys() | weights.keys() if n not in own or n not in weights or own[n].shape != weights[n].shape
    ]
    if other:
        checks.fail(
            str(path), "a checkpoint of this network", f"one that differs in {len(other)} tensors, {min(other)} first"
        )
    model.load_state_dict(weights)
    moments = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, k, kind = name.split(".")
            moments.setdefault(int(k), {})[kind] = tensor
    optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
    return TrainState(**told["state"])
