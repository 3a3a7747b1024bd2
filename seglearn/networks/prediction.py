"""What a trained network says of a picture, and what it costs."""

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from seglearn.networks.data import as_tensor, rgb


def predict(model, image) -> np.ndarray:
    """Return the most likely class of every pixel.

    l(p) = argmax_k s(x)_p[k]

    Parameters
    ----------
    model : nn.Module from (B, 3, H, W) to scores (B, K, H, W). It predicts in evaluation mode, whatever mode it is in.
    image : (H, W, 3) RGB, uint8, uint16, bool, or float in [0, 1]; at least as large as the network asks for.

    Returns
    -------
    (H, W) int32; of equal scores the first class.

    Example
    -------
    >>> labels = predict(shipped("fcn8s_scenes")[0], images.load("china"))

    Raises
    ------
    ValueError, TypeError : no RGB picture, NaN, floats outside [0, 1], a picture too small. Lecture 4.6.
    """
    return _scores(model, image).argmax(dim=0).int().cpu().numpy()  # (H, W)


def probabilities(model, image) -> np.ndarray:
    """Return how likely each class is at every pixel, (K, H, W) float32, of sum 1 over K; arguments as in `predict`."""
    return _scores(model, image).softmax(dim=0).cpu().numpy()  # (K, H, W)


def n_parameters(model, *, learned=False) -> int:
    """Return how many numbers a network has, learned or fixed; with `learned`, without those that training leaves."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad or not learned)


def n_multiply_adds(model, height, width) -> int:
    """Return how many products its layers add up on one picture of height x width pixels."""
    counter = FlopCounterMode(display=False)
    with counter:
        _scores(model, np.zeros((height, width, 3), np.uint8))
    return counter.get_total_flops() // 2


def layer_shapes(model, height, width) -> list:
    """Return what every layer of a network gives for one picture of height x width pixels, in the order of its work.

    Returns
    -------
    list of (kind, shape): the layer's class, such as "Conv2d", and (C, H, W), or (C,) of a fully connected one.

    The network may have no numbers at all (`torch.device("meta")`): only its shapes are asked for.
    """
    found, hooks = [], []

    def note(layer, _inputs, output):
        output = output[0] if isinstance(output, tuple) else output  # a recurrent layer also gives its last state
        found.append((type(layer).__name__, tuple(output.shape[1:])))

    for layer in model.modules():
        if not list(layer.children()):
            hooks.append(layer.register_forward_hook(note))
    was_training = model.training
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(1, 3, height, width, device=next(model.parameters()).device))
    finally:
        model.train(was_training)
        for hook in hooks:
            hook.remove()
    return found


def _scores(model, image):
    """Return the scores (K, H, W) of one picture."""
    x = as_tensor(rgb(image)[None])  # (1, 3, H, W)
    was_training = model.training
    try:
        with torch.inference_mode():
            scores = model.eval()(x.to(next(model.parameters()).device))  # (1, K, H, W)
    finally:
        model.train(was_training)
    return scores[0].float()  # (K, H, W)
