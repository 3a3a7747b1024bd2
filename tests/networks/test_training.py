"""Training: by hand, what chance decides, exact resumption after a kill, a full disk, and bad input."""

import inspect
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from seglearn.networks import Dataset, FCN8s, as_tensor, scenes, train, train_steps
from seglearn.networks.training import TrainState, _loss, has_bf16, rate

DATA = scenes(12, size=32, rng=0)


def small(seed=0, **more):
    torch.manual_seed(seed)
    return FCN8s(7, **{"width": 2, "head": 8, "batch_norm": True} | more)


def weights(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


class Pixelwise(nn.Module):
    """One 1 x 1 convolution: its gradient is worked out by hand."""

    def __init__(self, n_classes=2):
        super().__init__()
        self.layer = nn.Conv2d(3, n_classes, 1)

    def forward(self, x):  # (B, 3, H, W)
        return self.layer(x)  # (B, K, H, W)


def test_one_step_by_hand():
    """AdamW's first step moves each number by the rate against the sign of its gradient, after the decay."""
    torch.manual_seed(1)
    model = Pixelwise()
    before = weights(model)
    image = np.random.default_rng(0).integers(256, size=(4, 4, 3)).astype(np.uint8)
    labels = np.array([[0, 1, 1, 255]] * 4)
    data = Dataset([image], [labels], ("a", "b"))
    (state,) = train_steps(
        model, data, n_steps=1, batch_size=1, flip=False, learning_rate=0.01, weight_decay=0.5, device="cpu"
    )

    x = as_tensor(image[None])[0].flatten(1)  # (3, 16)
    w, b = before["layer.weight"].flatten(1), before["layer.bias"]
    p = (w @ x + b[:, None]).softmax(0)  # (2, 16)
    y = torch.from_numpy(labels.ravel())
    decided = y != 255
    assert state.loss == pytest.approx(float(-p[y[decided], decided.nonzero()[:, 0]].log().mean()), rel=1e-5)
    residual = (p - F.one_hot(y.clamp(max=1), 2).T)[:, decided] / decided.sum()
    moved = w * (1 - 0.01 * 0.5) - 0.01 * torch.sign(residual @ x[:, decided].T)
    torch.testing.assert_close(model.layer.weight.flatten(1), moved, atol=1e-5, rtol=0)
    torch.testing.assert_close(model.layer.bias, b - 0.01 * torch.sign(residual.sum(1)), atol=1e-5, rtol=0)
    assert (state.step, state.learning_rate) == (1, 0.01)


def test_the_rate_climbs_for_a_twentieth_and_falls_along_a_cosine():
    rates = [rate(step, 200, 2.0) for step in range(1, 201)]
    assert rates[4] == pytest.approx(1)
    assert rates[9] == max(rates) == pytest.approx(2)
    assert rates[104] == pytest.approx(1)
    assert rates[-1] == pytest.approx(0, abs=1e-12)
    assert (np.diff(rates[:10]) > 0).all()
    assert (np.diff(rates[9:]) < 0).all()
    assert [rate(1, 1, 3.0), rate(1, 2, 3.0), rate(2, 2, 3.0)] == [3, 3, 0]


def test_it_learns_and_watched_is_run():
    watched, run = small(), small()
    losses = [state.loss for state in train_steps(watched, DATA, n_steps=40, batch_size=4, learning_rate=1e-2)]
    last = train(run, DATA, n_steps=40, batch_size=4, learning_rate=1e-2, progress=False)
    assert len(losses) == last.step == 40
    assert np.mean(losses[-5:]) < 0.75 * losses[0]
    assert losses[0] == pytest.approx(np.log(7), rel=1e-5)  # the scores begin equal
    assert last.loss == losses[-1]
    assert same(weights(watched), weights(run))


def test_another_seed_is_another_run_and_the_readers_generator_is_left_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    models = [small(), small()]
    torch.manual_seed(5)
    for seed, model in enumerate(models):
        train(model, DATA, n_steps=2, batch_size=2, seed=seed, progress=False)
    assert torch.equal(torch.rand(3), expected)
    assert not same(*(weights(model) for model in models))


def test_dropout_follows_the_seed():
    first, second = (small(batch_norm=False) for _ in range(2))
    for model in (first, second):
        torch.manual_seed(model is first)
        train(model, DATA, n_steps=3, batch_size=2, progress=False)
    assert same(weights(first), weights(second))


def test_bf16_stays_near_float32():
    first, second = (
        [s.loss for s in train_steps(small(), DATA, n_steps=5, batch_size=4, bf16=bf16)] for bf16 in (False, True)
    )
    assert first[0] == pytest.approx(second[0], rel=0.01)
    if has_bf16():
        assert first != second
    np.testing.assert_allclose(first, second, rtol=0.1)


def test_the_bar_tells_the_time_left(capsys):
    train(small(), DATA, n_steps=3, batch_size=2)
    shown = capsys.readouterr().err
    assert "FCN8s: 100%" in shown
    assert "loss=" in shown
    assert "<00:00" in shown


# ---- cut off and gone on


def settings(**more):
    return {"n_steps": 12, "batch_size": 3, "every": 4, "device": "cpu"} | more


@pytest.mark.parametrize("batch_norm", [False, True])  # with dropout, with normalisation
def test_resumed_it_gives_the_same_weights(tmp_path, batch_norm):
    whole, broken, resumed = (small(seed, batch_norm=batch_norm) for seed in (0, 0, 9))
    expected = list(train_steps(whole, DATA, **settings()))
    for state in train_steps(broken, DATA, **settings(checkpoint=tmp_path / "c")):
        if state.step == 10:  # the last checkpoint is of step 8
            break
    states = list(train_steps(resumed, DATA, **settings(checkpoint=tmp_path / "c")))
    assert states == expected[7:]
    assert same(weights(whole), weights(resumed))
    again = small(3, batch_norm=batch_norm)  # of a finished one: its end
    assert list(train_steps(again, DATA, **settings(checkpoint=tmp_path / "c"))) == expected[-1:]
    assert same(weights(whole), weights(again))
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


CHILD = """
import sys, torch
torch.set_num_threads(1)
from tests.networks.test_training import DATA, settings, small
from seglearn.networks import train
train(small(), DATA, progress=False, **settings(n_steps=120, checkpoint=sys.argv[1]))
torch.save(None, sys.argv[1] + ".done")
"""


def child(path):
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    code = CHILD.replace(
        "from tests.networks.test_training", "sys.path.insert(0, 'tests/networks')\nfrom test_training"
    )
    return subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=root, env=environment)


def test_killed_and_resumed_it_gives_the_same_weights(tmp_path):
    path = tmp_path / "checkpoint"
    first = child(path)
    until = time.monotonic() + 60
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.3)
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    assert not Path(f"{path}.done").exists()
    assert child(path).wait() == 0
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    whole, resumed = small(), small(7)
    try:
        *_, expected = train_steps(whole, DATA, **settings(n_steps=120))
        (last,) = train_steps(resumed, DATA, **settings(n_steps=120, checkpoint=path))
    finally:
        torch.set_num_threads(threads)
    assert last == expected
    assert same(weights(whole), weights(resumed))


FULL = """
import resource, sys
sys.path.insert(0, "tests/networks")
from test_training import DATA, settings, small
from seglearn.networks import train
try:
    for step, state in enumerate(__import__("seglearn.networks").networks.train_steps(
            small(), DATA, **settings(checkpoint=sys.argv[1]))):
        if state.step == 5:  # one checkpoint is written; from now on files may have 1000 bytes only
            before = open(sys.argv[1], "rb").read()
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
except OSError as error:
    assert open(sys.argv[1], "rb").read() == before
    print("stopped at", state.step, type(error).__name__)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX")
def test_on_a_full_disk_the_old_checkpoint_stays_whole(tmp_path):
    path = tmp_path / "checkpoint"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert done.stdout.strip() == "stopped at 7 OSError", done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint"]
    assert next(train_steps(small(), DATA, **settings(checkpoint=path))).step == 4


# ---- bad input


def with_labels(labels):
    return Dataset(DATA.images[:1], [np.full((32, 32), label) for label in labels], range(300))


@pytest.mark.parametrize(
    ("data", "more", "error", "message"),
    [
        (with_labels([7]), {}, ValueError, r"data: expected labels from 0 and below 7, the network's classes, got 7"),
        (
            [(DATA.images[0], np.full((32, 32), -1))],
            {},
            ValueError,
            r"data: expected labels from 0 and below 7, .* got -1",
        ),
        (with_labels([255]), {}, ValueError, r"data: expected a decided pixel in every batch, got the label to ignore"),
        ([], {}, ValueError, r"data: expected at least one picture, got none"),
        (DATA, {"n_steps": 0}, ValueError, r"n_steps: expected an integer of at least 1, got 0"),
        (DATA, {"batch_size": 0}, ValueError, r"batch_size: expected an integer of at least 1, got 0"),
        (DATA, {"learning_rate": 0}, ValueError, r"learning_rate: expected a number above 0, got 0"),
        (DATA, {"learning_rate": np.nan}, ValueError, r"learning_rate: expected a number above 0, got nan"),
        (DATA, {"weight_decay": -1}, ValueError, r"weight_decay: expected a number of at least 0, got -1"),
        (DATA, {"seed": -1}, ValueError, r"seed: expected an integer of at least 0, got -1"),
        (DATA, {"every": 0}, ValueError, r"every: expected an integer of at least 1, got 0"),
        (DATA, {"size": 16}, ValueError, r"x: expected at least 32 pixels a side, got 16 x 16"),
    ],
)
def test_bad_input_is_refused(data, more, error, message):
    with pytest.raises(error, match=message):
        list(train_steps(small(batch_norm=False), data, **{"n_steps": 1, "batch_size": 1, "device": "cpu"} | more))


def test_a_loss_that_is_no_number_ends_the_training():
    model = small()
    with torch.no_grad():
        model.score.bias[0] = torch.nan
    with pytest.raises(ArithmeticError, match=r"loss: expected a finite number, got nan in step 1; try a lower"):
        train(model, DATA, n_steps=2, progress=False)


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    path = tmp_path / "c"
    list(train_steps(small(), DATA, **settings(n_steps=2, checkpoint=path)))
    for model, more, message in [
        (small(), {"batch_size": 4}, r"c: expected a checkpoint with batch_size = 4, got 3"),
        (small(), {"n_steps": 3}, r"c: expected a checkpoint with n_steps = 3, got 2"),
        (small(width=4), {}, r"c: expected a checkpoint of this network, got one that differs in \d+ tensors"),
        (Pixelwise(7), {}, r"c: expected a checkpoint with network = 'Pixelwise', got 'FCN8s'"),
    ]:
        with pytest.raises(ValueError, match=message):
            train_steps(model, DATA, **settings(n_steps=2, checkpoint=path) | more)
    with pytest.raises(ValueError, match=r"c: expected a checkpoint with n_pictures = 11, got 12"):
        train_steps(
            small(), Dataset(DATA.images[1:], DATA.labels[1:], DATA.classes), **settings(n_steps=2, checkpoint=path)
        )
    whole = path.read_bytes()
    for broken in (whole[:100], b"", b"junk" * 100, whole[:-1]):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match=r"c: expected a whole checkpoint, got a broken file"):
            train_steps(small(), DATA, **settings(n_steps=2, checkpoint=path))


class Watcher(nn.Module):
    """Keeps what it is shown, and in which mode."""

    def __init__(self):
        super().__init__()
        self.layer, self.seen, self.modes = nn.Conv2d(3, 7, 1), [], []

    def forward(self, x):
        self.seen.append(x.clone())
        self.modes.append(self.training)
        return self.layer(x)


def test_a_batch_has_no_picture_twice():
    model = Watcher()
    for _ in train_steps(model, DATA, n_steps=5, batch_size=12, flip=False, device="cpu"):
        assert len({x.numpy().tobytes() for x in model.seen[-1]}) == 12


@pytest.mark.parametrize("flip", [False, True])
def test_pictures_are_mirrored_where_flip_says_so(flip):
    whole = {as_tensor(image[None]).contiguous().numpy().tobytes() for image in DATA.images}
    model = Watcher()
    train(model, DATA, n_steps=4, batch_size=6, flip=flip, device="cpu", progress=False)
    plain = [x.contiguous().numpy().tobytes() in whole for shown in model.seen for x in shown.unsqueeze(1)]
    assert any(plain)
    assert all(plain) is not flip


def test_tried_out_between_steps_it_is_trained_on():
    model = Watcher()
    for _ in train_steps(model, DATA, n_steps=3, batch_size=2, device="cpu"):
        model.eval()
    assert model.modes == [True] * 3


@pytest.mark.parametrize(("n_steps", "warm"), [(19, 1), (39, 1), (40, 2), (59, 2)])
def test_a_twentieth_is_rounded_down_but_one_step_at_least(n_steps, warm):
    rates = [rate(step, n_steps, 2.0) for step in range(1, n_steps + 1)]
    assert rates.index(max(rates)) + 1 == warm
    assert rates[0] == pytest.approx(2 / warm)
    assert rates[-1] == pytest.approx(0, abs=1e-12)


def test_a_normalisation_s_numbers_do_not_decay():
    """The first step moves each of them by the rate, to either side, and by nothing else."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 7, 1), nn.BatchNorm2d(7))
    before = weights(model)
    train(model, DATA, n_steps=1, batch_size=4, learning_rate=0.01, weight_decay=0.5, device="cpu", progress=False)
    after = weights(model)
    torch.testing.assert_close((after["1.weight"] - 1).abs(), torch.full((7,), 0.01), atol=1e-5, rtol=0)
    w = before["0.weight"]
    torch.testing.assert_close((after["0.weight"] - w * 0.995).abs(), torch.full_like(w, 0.01), atol=1e-4, rtol=0)


def test_no_step_of_one_seed_is_a_step_of_the_next():
    models = [Watcher(), Watcher()]
    for seed, model in enumerate(models):
        train(model, DATA, n_steps=4, batch_size=4, seed=seed, device="cpu", progress=False)
    first, second = (model.seen for model in models)
    assert not any(torch.equal(x, y) for x in first for y in second)


def test_a_batch_may_be_larger_than_the_data():
    model = Watcher()
    train(model, DATA, n_steps=1, batch_size=13, device="cpu", progress=False)
    assert len(model.seen[0]) == 13


def test_train_hands_every_argument_on(monkeypatch):
    whole, stepwise = (inspect.signature(f).parameters for f in (train, train_steps))
    assert {name: p.default for name, p in whole.items() if name != "progress"} == {
        name: p.default for name, p in stepwise.items()
    }
    given = {
        "n_steps": 7, "batch_size": 3, "size": 5, "flip": False, "learning_rate": 0.1, "weight_decay": 0.2, "seed": 4,
        "bf16": True, "device": "cpu", "checkpoint": "c", "every": 6,
    }  # fmt: skip
    assert ["model", "data", *given] == list(stepwise)
    model, last, seen = Pixelwise(), TrainState(7, 0.0, 0.0), []
    monkeypatch.setattr(
        "seglearn.networks.training.train_steps", lambda *data, **more: seen.append((data, more)) or iter([last])
    )
    assert train(model, DATA, progress=False, **given) is last
    assert seen == [((model, DATA), given)]


def test_the_loss_of_halved_numbers_is_computed_in_full():
    scores, y = torch.randn(2, 3, 4, 4, generator=torch.manual_seed(0)).bfloat16(), torch.ones(2, 4, 4).long()
    loss = _loss(scores, y, 0, 1)
    assert loss.dtype == torch.float32
    assert float(loss) == pytest.approx(float(-scores.double().log_softmax(1)[:, 1].mean()), rel=1e-6)


def test_the_bar_of_a_resumed_training_begins_where_it_went_on(tmp_path, capsys):
    for state in train_steps(Pixelwise(7), DATA, **settings(checkpoint=tmp_path / "c")):
        if state.step == 9:
            break
    train(Pixelwise(7), DATA, **settings(checkpoint=tmp_path / "c"))
    assert "12/12" in capsys.readouterr().err


def test_a_size_of_zero_is_refused():
    with pytest.raises(ValueError, match=r"size: expected an integer of at least 1, got 0"):
        train_steps(Pixelwise(7), DATA, size=0)
