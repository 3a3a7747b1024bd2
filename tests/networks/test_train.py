"""Training from the command line, and in two processes: the loss of one, and nothing lost when one of them dies."""

import csv
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.distributed.run import get_args_parser

from seglearn import metrics
from seglearn.networks import VGG16, Dataset, FCN8s, folder_dataset, load_weights, predict, save_weights, train_steps

module = runpy.run_module("seglearn.networks.train")  # imported, it would hide the function of its name
main = module["main"]
RNG = np.random.default_rng(0)
SCRIPT = """
import os, sys
import numpy as np, torch
from torch import distributed, nn
sys.path.insert(0, {folder!r})
from test_train import plain, pictures
from seglearn.networks import train_steps

distributed.init_process_group("gloo")
model, dies = plain(), int(sys.argv[2])
losses = []
for state in train_steps(model, pictures(), n_steps=6, batch_size=4, checkpoint=sys.argv[1], every=2, device="cpu"):
    losses.append(state.loss)
    if state.step == dies and distributed.get_rank() == 1:
        os._exit(3)
if distributed.get_rank() == 0:
    torch.save((losses, model.state_dict()), sys.argv[1] + ".end")
distributed.destroy_process_group()
"""


def plain():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 3, 3, padding=1))


def pictures():
    rng = np.random.default_rng(0)
    images = rng.integers(256, size=(6, 16, 20, 3)).astype(np.uint8)
    return Dataset(tuple(images), tuple(rng.choice([0, 1, 2, 255], size=(6, 16, 20))), "abc")


def two_processes(folder, dies=0):
    script = folder / "script.py"
    script.write_text(SCRIPT.format(folder=os.path.dirname(__file__)))
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command = [*torchrun, "--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0", str(script)]
    command += [str(folder / "state"), str(dies)]
    return subprocess.run(
        command, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=120
    )


def test_two_processes_give_the_loss_of_one_and_lose_nothing_when_one_dies(tmp_path):
    model = plain()
    losses = [state.loss for state in train_steps(model, pictures(), n_steps=6, batch_size=4, device="cpu")]

    broken = two_processes(tmp_path, dies=5)
    assert broken.returncode != 0
    assert "exitcode  : 3" in broken.stderr  # the process that died is named
    assert not (tmp_path / "state.end").exists()
    assert (tmp_path / "state").exists()  # of step 4

    resumed = two_processes(tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    after, weights = torch.load(tmp_path / "state.end", weights_only=True)
    np.testing.assert_allclose(after, losses[3:], rtol=1e-5)  # the stored step 4, then 5 and 6
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(weights[name], tensor, atol=1e-5, rtol=1e-4)


@pytest.fixture
def folders(tmp_path):
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    for k in range(3):
        Image.fromarray(RNG.integers(256, size=(40, 50, 3)).astype(np.uint8)).save(tmp_path / f"images/{k}.png")
        Image.fromarray(RNG.choice([0, 1, 255], size=(40, 50)).astype(np.uint8)).save(tmp_path / f"masks/{k}.png")
    return tmp_path


def asked(folder, *more):
    named = ["--images", str(folder / "images"), "--masks", str(folder / "masks"), "--classes", "a,b"]
    return [*named, "--model", "fcn8s", "--width", "1", "--batch-norm", "--size", "32", "--batch-size", "2", *more]


def test_from_the_command_line(folders, capsys, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "1")  # torchrun with one process is no torchrun
    files = ["--losses", str(folders / "log.csv"), "--output", str(folders / "w.safetensors"),
             "--checkpoint", str(folders / "state"), "--every", "2"]  # fmt: skip
    main(asked(folders, "--steps", "3", *files, "--val-images", str(folders / "images"),
               "--val-masks", str(folders / "masks")))  # fmt: skip
    assert "mean IoU on" in capsys.readouterr().out
    with open(folders / "log.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["1", "2", "3"]
    assert float(rows[0]["loss"]) == pytest.approx(np.log(2), rel=1e-5)  # all scores begin at zero
    load_weights(FCN8s(2, width=1, batch_norm=True), folders / "w.safetensors")
    main(asked(folders, "--steps", "3", *files))  # it stands at its end already
    with open(folders / "log.csv", newline="") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["1", "2", "3"]


def test_from_a_classifier_and_with_lists_of_names(folders, capsys):
    save_weights(VGG16(5, width=1, batch_norm=True), folders / "vgg.safetensors")
    (folders / "val.txt").write_text("0\n2\n")
    main(asked(folders, "--steps", "1", "--weights", str(folders / "vgg.safetensors"), "--val-images",
               str(folders / "images"), "--val-masks", str(folders / "masks"), "--val-names", str(folders / "val.txt"),
               "--output", str(folders / "w.safetensors")))  # fmt: skip
    told = capsys.readouterr().out
    assert re.search(r"^\d+ of \d+ weights begin as in .*vgg.safetensors$", told, re.MULTILINE)
    (folders / "val.txt").write_text("0\nnobody\n")
    (folders / "w.safetensors").unlink()
    with pytest.raises(SystemExit, match="no pair for nobody"):  # before the training, not after it
        main(asked(folders, "--steps", "1", "--val-images", str(folders / "images"), "--val-masks",
                   str(folders / "masks"), "--val-names", str(folders / "val.txt"), "--output",
                   str(folders / "w.safetensors")))  # fmt: skip
    assert not (folders / "w.safetensors").exists()


RECIPE = Path(sys.modules["seglearn"].__file__).parent / "networks" / "TRAINING.md"


def test_every_command_of_the_recipe_is_understood():
    text = RECIPE.read_text(encoding="utf-8").replace("\\\n", " ")
    commands = re.findall(r"^(?:python|torchrun .*?) -m seglearn\.networks\.train (.*)$", text, re.MULTILINE)
    assert len(commands) >= 4
    for command in commands:
        options = module["parsed"](command.split())
        assert options.images
        assert options.output


def test_torchrun_hands_every_option_on(capsys):
    with pytest.raises(SystemExit):
        module["parsed"](["--help"])
    options = set(re.findall(r"--[a-z0-9-]+", capsys.readouterr().out)) - {"--nproc-per-node"}
    assert {"--images", "--losses", "--weights"} <= options
    for option in options:  # one that begins as two of torchrun's own do is refused there
        told = get_args_parser().parse_args(["-m", "seglearn.networks.train", option, "x"])
        assert told.training_script_args == [option, "x"]


def test_the_mean_iou_is_that_of_all_pictures_together(folders):
    torch.manual_seed(0)
    model = FCN8s(2, width=2, head=4, batch_norm=True)
    nn.init.normal_(model.score3.weight)
    data = folder_dataset(folders / "images", folders / "masks", 2)
    flat = [np.hstack([predict(model, image) for image, _ in data]), np.hstack([labels for _, labels in data])]
    assert module["validated"](model, data) == pytest.approx(metrics.mean_iou(*flat), abs=1e-6)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--model", "deeplab"], "--model deeplab: expected one of .* the closest is deeplab_v"),
        (["--val-images", "x"], "--val-images and --val-masks go together"),
        (["--steps", "many"], "argument --steps: invalid int value"),
    ],
)
def test_a_wrong_command_is_answered(folders, more, message, capsys):
    with pytest.raises(SystemExit):
        main(asked(folders, *more))
    assert re.search(message, capsys.readouterr().err)


def test_what_is_wrong_with_the_data_is_told_in_one_line(folders):
    (folders / "masks/1.png").unlink()
    with pytest.raises(SystemExit, match=r"^ValueError: masks: expected a map for every picture .* no pair for 1$"):
        main(asked(folders, "--steps", "1"))
    with pytest.raises(SystemExit, match=r"^ValueError: images: expected a folder"):
        main(asked(folders / "nowhere", "--steps", "1"))
