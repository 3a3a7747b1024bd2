"""Weights in files: there and back, torchvision's form, nothing executed, one sentence for whatever doesn't fit."""

import json
import os
import pickle

import numpy as np
import pytest
import safetensors.torch
import torch

from seglearn.networks import (
    VGG16,
    CRFasRNN,
    DeepLabV1,
    DeepLabV2,
    FCN8s,
    FCN16s,
    PSPNet,
    ReSeg,
    ResNet101,
    load_weights,
    save_weights,
    shipped,
    start_weights,
)
from seglearn.networks.weights import SHIPPED, write_whole

RECORDS = sorted(SHIPPED.glob("*.safetensors"))


def network(seed=0, **more):
    torch.manual_seed(seed)
    model = FCN8s(3, **{"width": 2, "head": 4, "batch_norm": True} | more)
    torch.nn.init.normal_(model.score.weight)
    return model.eval()


def test_there_and_back_in_half_precision(tmp_path):
    first, second = network(0), network(1)
    save_weights(first, tmp_path / "w.safetensors")
    load_weights(second, tmp_path / "w.safetensors")
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert second(x).dtype == torch.float32
        torch.testing.assert_close(first(x), second(x), atol=0.01, rtol=0.01)
    assert (tmp_path / "w.safetensors").stat().st_size < 2.5 * sum(p.numel() for p in first.parameters()) + 20_000


def test_there_and_back_in_eight_bits(tmp_path):
    first, second = network(0), network(1)
    with torch.no_grad():
        first.features[0].weight[1] = 0  # a channel of zeros has no unit of its own
    save_weights(first, tmp_path / "w.safetensors", eight_bits=True)
    load_weights(second, tmp_path / "w.safetensors")
    frozen = [name for name, weight in first.named_parameters() if not weight.requires_grad]
    assert frozen == ["up8.weight"]
    for (name, a), b in zip(first.named_parameters(), second.parameters()):
        if a.ndim > 1 and name not in frozen:
            unit = a.abs().amax(dim=(1, 2, 3), keepdim=True) / 127
            assert ((a - b).abs() <= unit / 2 * 1.001).all(), name
        else:
            torch.testing.assert_close(a, b, atol=0, rtol=1e-3)
    assert (tmp_path / "w.safetensors").stat().st_size < 1.5 * sum(p.numel() for p in first.parameters()) + 20_000


def test_eight_bits_without_their_kernel_are_told_in_one_sentence(tmp_path):
    safetensors.torch.save_file({"score.weight:unit": torch.ones(1)}, tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match=r"^.*w\.safetensors: expected whole weights, .*score\.weight.*$"):
        load_weights(network(), tmp_path / "w.safetensors")


@pytest.mark.parametrize("old", [False, True])  # a zip archive, and what PyTorch wrote before 1.6
def test_a_state_dict_of_pytorch_comes_in(tmp_path, old):
    first, second = (VGG16(3, width=2, head=4) for _ in range(2))
    torch.save(first.state_dict(), tmp_path / "w.pth", _use_new_zipfile_serialization=not old)
    load_weights(second, tmp_path / "w.pth")
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters()))


@pytest.mark.parametrize(
    ("network", "classifier", "taken"),
    [
        (FCN8s(3, width=2), VGG16(5, width=2), 13 * 2 + 4),  # fc6 and fc7 too
        (DeepLabV1(3, width=2), VGG16(5, width=2), 13 * 2),
        (ReSeg(3, width=2), VGG16(5, width=2), None),
        (CRFasRNN(3, width=2), VGG16(5, width=2), 13 * 2 + 4),
        (DeepLabV2(3, width=2, blocks=(1, 1, 1, 1)), ResNet101(5, width=2, blocks=(1, 1, 1, 1)), None),
        (PSPNet(3, width=2, blocks=(1, 1, 1, 1)), ResNet101(5, width=2, blocks=(1, 1, 1, 1)), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_network_begins_with_what_a_classifier_has_learned(tmp_path, network, classifier, taken):
    torch.save(classifier.state_dict(), tmp_path / "w.pth")
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    names = start_weights(network, tmp_path / "w.pth")
    assert taken in (None, len(names))
    for name, tensor in network.state_dict().items():
        if name in names:
            plain = name.removeprefix("network.").removeprefix("backbone.")
            torch.testing.assert_close(tensor.ravel(), classifier.state_dict()[plain].ravel())
        else:
            assert torch.equal(tensor, before[name])
    assert sum(network.state_dict()[name].numel() for name in names) > 1000


def test_fc6_as_a_convolution_sees_what_it_saw_as_a_layer(tmp_path):
    vgg, fcn = VGG16(5, width=2).eval(), FCN8s(3, width=2).eval()
    torch.save(vgg.state_dict(), tmp_path / "w.pth")
    start_weights(fcn, tmp_path / "w.pth")
    x = torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        middle = fcn.classifier(fcn.features(x))[..., 3, 3]  # its 7 x 7 window is the whole map
        torch.testing.assert_close(middle, vgg.classifier[:5](vgg.features(x).flatten(1)), atol=1e-5, rtol=1e-4)


def test_another_classifier_changes_nothing(tmp_path):
    model = FCN8s(3, width=2)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for k, other in enumerate((VGG16(5, width=3), ResNet101(5, width=2, blocks=(1, 1, 1, 1)))):
        torch.save(other.state_dict(), tmp_path / f"{k}.pth")
        with pytest.raises(ValueError, match=r"expected weights of a VGG-16 or ResNet-101 like this .* got another"):
            start_weights(model, tmp_path / f"{k}.pth")
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    with pytest.raises(ValueError, match="a Conv2d, which has none of either"):
        start_weights(torch.nn.Conv2d(1, 1, 1), tmp_path / "0.pth")


class Harm:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("write", [torch.save, lambda x, path: path.write_bytes(pickle.dumps(x, protocol=2))])
def test_nothing_in_a_file_is_executed(tmp_path, write):
    write({"score.weight": Harm(tmp_path / "harmed")}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"w\.pth: expected whole weights, safetensors or a PyTorch state dict"):
        load_weights(network(), tmp_path / "w.pth")
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("ending", ["safetensors", "pth"])
@pytest.mark.parametrize("part", ["empty", "half", "text", "all but one byte"])
def test_a_broken_file_is_told_in_one_sentence(tmp_path, ending, part):
    path = tmp_path / f"w.{ending}"
    model = network()
    if ending == "pth":
        torch.save(model.state_dict(), path)
    else:
        save_weights(model, path)
    data = path.read_bytes()
    path.write_bytes({"empty": b"", "half": data[: len(data) // 2], "text": b"hello " * 99}.get(part, data[:-1]))
    before = [p.clone() for p in model.parameters()]
    with pytest.raises(ValueError, match=r"^.*w\.\w+: expected whole weights, .*$") as caught:
        load_weights(model, path)
    assert "\n" not in str(caught.value)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters()))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            lambda: network(width=4),
            r"weights of this FCN8s, got features\.0\.weight of \(4, 3, 3, 3\), not \(2, 3, 3, 3\)",
        ),
        (
            lambda: FCN16s(3, width=2, head=4, batch_norm=True),
            r"got no score3\.weight, score3\.bias, up4\.weight and 1 more",
        ),
        (lambda: network(batch_norm=False), r"too many|got no features\.1"),
    ],
)
def test_weights_of_another_network_change_nothing(tmp_path, other, message):
    save_weights(other(), tmp_path / "w.safetensors")
    model = network()
    before = [p.clone() for p in model.parameters()]
    with pytest.raises(ValueError, match=message):
        load_weights(model, tmp_path / "w.safetensors")
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters()))


def test_what_is_no_dict_of_tensors_is_refused(tmp_path):
    torch.save([1, 2], tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"w\.pth: expected a dict of tensors, got list"):
        load_weights(network(), tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"path: expected a file of weights, got '.*nothing'"):
        load_weights(network(), tmp_path / "nothing")


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    write_whole(tmp_path / "f", b"old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "f", b"new")
    assert (tmp_path / "f").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


# ---- what ships


def test_a_wrong_name_is_answered_with_all_that_there_are():
    with pytest.raises(ValueError, match=r"name: expected one of .*'fcn8s_scenes'.*, got 'fcn9s'"):
        shipped("fcn9s")


@pytest.mark.parametrize("path", RECORDS, ids=[path.stem for path in RECORDS])
def test_what_ships_fits_its_record(path):
    model, record = shipped(path.stem)
    assert not model.training
    assert type(model).__name__ == record["network"]
    assert len(record["classes"]) == record["arguments"]["n_classes"]
    assert {"seed", "n_steps", "scores"} <= record.keys()
    assert all(p.dtype == torch.float32 for p in model.parameters())
    with torch.no_grad():
        scores = model(torch.from_numpy(np.zeros((1, 3, 96, 96), np.float32)))
    assert scores.shape == (1, record["arguments"]["n_classes"], 96, 96)
    assert torch.isfinite(scores).all()


def test_no_code_and_little_weight_ships():
    for path in SHIPPED.iterdir():
        assert path.suffix in (".safetensors", ".json", ".npz")
        assert path.stat().st_size < 2.5e6
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 17e6
    for path in SHIPPED.glob("*.json"):
        assert isinstance(json.loads(path.read_text()), dict)
    for path in SHIPPED.glob("*.npz"):
        with np.load(path, allow_pickle=False) as arrays:
            assert all(arrays[name].dtype != object for name in arrays)
    for path in RECORDS:
        kinds = {tensor.dtype for tensor in safetensors.torch.load_file(path).values()}
        assert kinds <= {torch.int8, torch.float16, torch.float32}
        assert torch.int8 in kinds


@pytest.mark.parametrize("eight_bits", [False, True])
def test_biases_and_normalisations_stay_exact(tmp_path, eight_bits):
    first, second = network(0), network(1)
    for tensor in first.state_dict().values():
        if tensor.ndim == 1:
            tensor.copy_(1e5 * torch.rand(len(tensor)))  # beyond what half precision holds
    save_weights(first, tmp_path / "w.safetensors", eight_bits=eight_bits)
    load_weights(second, tmp_path / "w.safetensors")
    theirs = second.state_dict()
    assert all(torch.equal(t, theirs[name]) for name, t in first.state_dict().items() if t.ndim == 1)


def test_a_file_is_written_in_the_folder_where_it_will_stand(tmp_path, monkeypatch):
    """From another disk it could not be moved into place at once."""
    moved, replace = [], os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (moved.append(os.path.dirname(a)), replace(a, b)))
    write_whole(tmp_path / "f", b"new")
    assert moved == [str(tmp_path)]
    assert (tmp_path / "f").read_bytes() == b"new"


def test_tensors_of_a_gpu_come_in_on_a_processor(tmp_path, monkeypatch):
    asked, read = {}, torch.load
    monkeypatch.setattr(torch, "load", lambda *args, **more: asked.update(more) or read(*args, **more))
    model = torch.nn.Conv2d(1, 1, 1)
    torch.save(model.state_dict(), tmp_path / "w.pth")
    load_weights(model, tmp_path / "w.pth")
    assert asked == {"map_location": "cpu", "weights_only": True}
