"""Train the networks that ship, on this machine, and write what they reach beside them: `make weights`.

    python -m tools.weights                             what is missing, but for the nuclei
    python -m tools.weights fcn8s forest                some of it
    python -m tools.weights reseg --seeds 1             from one seed; more of them may follow
    python -m tools.weights nuclei --nuclei ../shared/data/nuclei

Weights go to `seglearn/data/weights/` as safetensors, each with a record (JSON) of seeds, steps and scores. What a
record holds is not done again: to train a network anew, remove its record.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: threads that wait should sleep

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from skimage.filters import threshold_otsu

from seglearn import images, networks
from seglearn.experiments.networks import (
    forest_scores,
    held_out_scenes,
    measure,
    scores,
    sharpened_scores,
    training_scenes,
)
from seglearn.networks import folder_dataset, loaded, predict, save_weights, train, train_steps
from seglearn.networks.weights import SHIPPED

SMALL = {"width": 16, "head": 128, "batch_norm": True}
RESNET = {"width": 16, "blocks": (2, 2, 2, 2)}
NETWORKS = {
    "fcn32s": ("FCN32s", SMALL),
    "fcn16s": ("FCN16s", SMALL),
    "fcn8s": ("FCN8s", SMALL),
    "deeplab_v1": ("DeepLabV1", SMALL | {"rate": 4}),
    "deeplab_v1_msc": ("DeepLabV1MSc", SMALL | {"rate": 4}),
    "deeplab_v2": ("DeepLabV2", RESNET | {"rates": (1, 2, 4, 6)}),
    "deeplab_v2_one_rate": ("DeepLabV2", RESNET | {"rates": (1,)}),
    "reseg": ("ReSeg", {"width": 16, "hidden": 50, "batch_norm": True}),
    "pspnet": ("PSPNet", RESNET),
    "crf_as_rnn": ("CRFasRNN", SMALL | {"n_iter": 5}),
}
WATCHED = ("fcn32s", "fcn16s", "fcn8s")  # whose training figure 4-18 shows
TUNED = {"crf_as_rnn": "fcn8s"}  # networks that go on from what another has learned, as their paper does
SEEDS = (0, 1, 2)  # the first one ships
KEPT = (1, 20, 40, 80, 120, 180, 250, 350, 450, 600, 800, 1000)  # steps whose predictions figure 4-18 shows
SHOWN = (0, 11)  # held-out scenes that it shows: a road; water that looks like one
DIGITS = 4
FILES = {"nuclei": "fcn8s_nuclei", "forest": "forest_scenes"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wanted", nargs="*", help=f"some of {', '.join([*NETWORKS, 'forest', 'nuclei'])}")
    parser.add_argument("--nuclei", type=Path, help="folder with train/ and val/, each with images/ and labels/")
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="from how many seeds each network is trained")
    given = parser.parse_args()
    SHIPPED.mkdir(parents=True, exist_ok=True)
    for name in given.wanted or [*NETWORKS, "forest"]:
        if name in NETWORKS:
            train_on_scenes(name, SEEDS[: given.seeds])
        elif (SHIPPED / f"{FILES[name]}.json").exists():
            print(name, "stands")
        elif name == "nuclei":
            train_on_nuclei(given.nuclei)
        else:
            write("forest_scenes", {"scores": told(forest_scores())})


def train_on_scenes(name, seeds):
    """Train one network from some seeds; keep the first one's weights, and of three what it said on its way."""
    network, more = NETWORKS[name]
    file = SHIPPED / f"{name}_scenes.json"
    found = json.loads(file.read_text(encoding="utf8"))["seeds"] if file.exists() else {}
    data, test = training_scenes(), held_out_scenes()
    arguments = {"n_classes": len(data.classes)} | more
    settings = {"n_steps": 200, "learning_rate": 5e-4} if name in TUNED else {"n_steps": 1000, "learning_rate": 3e-3}
    for seed in seeds:
        if str(seed) in found:
            print(name, seed, "stands")
            continue
        torch.manual_seed(seed)
        model = getattr(networks, network)(**arguments)
        if name in TUNED:
            networks.load_weights(model.network, SHIPPED / f"{TUNED[name]}_scenes.safetensors")
        if seed == SEEDS[0] and name in WATCHED:
            watch(name, model, data, test, settings, seed)
        else:
            train(model, data, seed=seed, **settings)
        if seed == SEEDS[0]:
            save_weights(model, SHIPPED / f"{name}_scenes.safetensors", eight_bits=True)
            networks.load_weights(model, SHIPPED / f"{name}_scenes.safetensors")  # what is measured is what ships
        result, costs = measure(model, test)
        found[str(seed)] = told(result)
        if name.startswith("deeplab_v1"):
            found[str(seed)]["with_crf"] = told(sharpened_scores(model, test))
        record = {
            "network": network, "arguments": arguments, "classes": list(data.classes),
            "data": "training_scenes(), measured on held_out_scenes()", "seed": SEEDS[0], **settings,
            **({"starts_from": f"{TUNED[name]}_scenes"} if name in TUNED else {}),
            "n_parameters": costs.n_parameters, "n_multiply_adds": costs.n_multiply_adds,
            "scores": found[str(SEEDS[0])], "seeds": found,
        }  # fmt: skip
        write(f"{name}_scenes", record)


def watch(name, model, data, test, settings, seed):
    """Train, and keep the loss of every step and the predictions of some."""
    losses, kept = [], []
    for state in train_steps(model, data, seed=seed, **settings):
        losses.append(state.loss)
        if state.step in KEPT:
            kept.append([predict(model, test.images[k]) for k in SHOWN])
    np.savez_compressed(
        SHIPPED / f"{name}_snapshots.npz", steps=np.array(KEPT, np.int32), scenes=np.array(SHOWN, np.int32),
        losses=np.array(losses, np.float32), predictions=np.array(kept, np.uint8),
    )  # fmt: skip


def train_on_nuclei(folder, n_steps=1000):
    """Train FCN-8s on real microscope pictures: nuclei against the rest."""
    if folder is None:
        raise SystemExit("nuclei: name the folder, as in  --nuclei ../shared/data/nuclei")
    classes = ("background", "nucleus")
    parts = {
        part: loaded(folder_dataset(folder / part / "images", folder / part / "labels", classes, remap=nucleus))
        for part in ("train", "val")
    }
    torch.manual_seed(SEEDS[0])
    arguments = {"n_classes": len(classes), **SMALL}
    model = networks.FCN8s(**arguments)
    train(model, parts["train"], n_steps=n_steps, size=128, seed=SEEDS[0])
    save_weights(model, SHIPPED / "fcn8s_nuclei.safetensors", eight_bits=True)
    networks.load_weights(model, SHIPPED / "fcn8s_nuclei.safetensors")
    truths = [labels for _, labels in parts["val"]]
    result = scores([predict(model, image) for image, _ in parts["val"]], truths, len(classes))
    plain = scores([darker_or_brighter(image) for image, _ in parts["val"]], truths, len(classes))
    record = {
        "network": "FCN8s", "arguments": arguments, "classes": list(classes),
        "data": "BBBC038v1 (CC0 1.0), 146 pictures; measured on 34 others", "seed": SEEDS[0], "n_steps": n_steps,
        "scores": told(result), "otsu": told(plain),
    }  # fmt: skip
    write("fcn8s_nuclei", record)


def darker_or_brighter(image):
    """What can be had without a network: Otsu's threshold on grey; nuclei are what covers less of the picture."""
    grey = images.grey(image)
    above = grey > threshold_otsu(grey)
    return (above if above.mean() <= 0.5 else ~above).astype(np.int32)


def nucleus(objects):
    """Turn numbered nuclei into one class."""
    return objects > 0


def told(result):
    return {
        name: [round(v, DIGITS) for v in value] if isinstance(value, tuple) else round(value, DIGITS)
        for name, value in asdict(result).items()
    }


def write(name, record):
    (SHIPPED / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf8")
    print(name, record["scores"], flush=True)


if __name__ == "__main__":
    main()
