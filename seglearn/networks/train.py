"""Train a network of chapter 4.6 on your own pictures, on one processor or GPU, or on many under torchrun.

    python -m seglearn.networks.train --images DIR --masks DIR --classes 21 --model deeplab_v2 --output w.safetensors
    torchrun --nproc-per-node 4 -m seglearn.networks.train --images ... (every process takes its share of a batch)

Pictures and label maps are paired by name: NAME.jpg with NAME.png, as VOC 2012 and CamVid have them; 255 is undecided.
Killed and started again with the same command, a training goes on from its checkpoint. The papers' settings for VOC
2012 and CamVid, and what they should reach: TRAINING.md beside this file.
"""

import argparse
import csv
import difflib
import os
import sys
from pathlib import Path

import torch
from torch import distributed
from tqdm import tqdm

from seglearn import networks

MODELS = {
    "fcn32s": networks.FCN32s,
    "fcn16s": networks.FCN16s,
    "fcn8s": networks.FCN8s,
    "deeplab_v1": networks.DeepLabV1,
    "deeplab_v1_msc": networks.DeepLabV1MSc,
    "deeplab_v2": networks.DeepLabV2,
    "reseg": networks.ReSeg,
    "pspnet": networks.PSPNet,
    "crf_as_rnn": networks.CRFasRNN,
}
ALWAYS_NORMALISED = ("deeplab_v2", "pspnet")  # they know no batch_norm


def main(arguments=None):
    options = parsed(arguments)
    several = int(os.environ.get("WORLD_SIZE", "1")) > 1  # torchrun says so
    device = None
    if several:
        local = int(os.environ["LOCAL_RANK"])
        if torch.cuda.is_available():
            torch.cuda.set_device(local)
            device = f"cuda:{local}"
        distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        run(options, device, first=not several or distributed.get_rank() == 0)
    except (ValueError, TypeError, ArithmeticError, OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    finally:
        if several:
            distributed.destroy_process_group()


def run(options, device, first):
    """Train, write a line of the log for every step, and the weights at the end; only the `first` process writes."""
    data = networks.folder_dataset(options.images, options.masks, options.classes, names=options.names)
    kept = None
    if options.val_images:
        kept = networks.folder_dataset(options.val_images, options.val_masks, options.classes, names=options.val_names)
    torch.manual_seed(options.seed)
    more = {} if options.model in ALWAYS_NORMALISED else {"batch_norm": options.batch_norm}
    model = MODELS[options.model](len(data.classes), width=options.width, **more)
    if torch.cuda.is_available() and distributed.is_initialized():
        model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)
    if options.weights:
        taken = networks.start_weights(model, options.weights)
        if first:
            print(f"{len(taken)} of {len(model.state_dict())} weights begin as in {options.weights}")
    states = networks.train_steps(
        model, data, n_steps=options.steps, batch_size=options.batch_size, size=options.size,
        learning_rate=options.learning_rate, weight_decay=options.weight_decay, seed=options.seed,
        bf16=options.bf16, device=device, checkpoint=options.checkpoint, every=options.every,
    )  # fmt: skip
    log = Log(options.losses if first else None)
    with tqdm(total=options.steps, desc=options.model, unit="step", disable=not first) as bar:
        for state in states:
            log.write(state)
            bar.set_postfix(loss=f"{state.loss:.3f}", refresh=False)
            bar.update(state.step - bar.n)
    if first and options.output:
        networks.save_weights(model, options.output)
    if kept and first:
        print(f"mean IoU on {options.val_images}: {validated(model, kept):.4f}")


class Log:
    """A CSV with a line for every step; what a training writes again after a break, replaces what stood there."""

    def __init__(self, path):
        self.path = path
        self.started = False

    def write(self, state):
        if self.path is None:
            return
        if not self.started:
            kept = [row for row in _rows(self.path) if int(row["step"]) < state.step]
            with open(self.path, "w", newline="") as file:
                writer = csv.DictWriter(file, ["step", "loss", "learning_rate"])
                writer.writeheader()
                writer.writerows(kept)
            self.started = True
        with open(self.path, "a", newline="") as file:
            csv.writer(file).writerow([state.step, state.loss, state.learning_rate])


def _rows(path):
    if not Path(path).exists():
        return []
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def validated(model, data):
    """Return the mean IoU over all pictures together, of the classes that are there."""
    n_classes = len(data.classes)
    confusion = torch.zeros(n_classes, n_classes, dtype=torch.long)
    for image, truth in data:
        labels = networks.predict(model, image)
        decided = truth != networks.data.IGNORE
        pairs = torch.from_numpy(truth[decided].astype(int) * n_classes + labels[decided])
        confusion += torch.bincount(pairs, minlength=n_classes**2).view(n_classes, n_classes)
    hits, either = confusion.diag(), confusion.sum(dim=0) + confusion.sum(dim=1) - confusion.diag()
    return float((hits[either > 0] / either[either > 0]).mean())


def parsed(arguments):
    shown = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m seglearn.networks.train", description=__doc__, formatter_class=shown)
    add = parser.add_argument
    add("--images", required=True, type=Path, help="folder of pictures; sizes may differ")
    add("--masks", required=True, type=Path, help="folder of label maps: palette or grey PNGs, 255 where undecided")
    add("--classes", required=True, type=_classes, help="how many there are, or their names with commas between")
    add("--names", type=Path, help="text file with one name a line, as VOC's ImageSets have them (default: all)")
    add("--val-images", type=Path, help="folder of pictures to score the trained network on")
    add("--val-masks", type=Path, help="and their label maps")
    add("--val-names", type=Path, help="and the names to take (default: all)")
    add("--model", required=True, help=f"one of {', '.join(MODELS)}")
    add("--weights", type=Path, help="weights of a classifier to begin with: torchvision's VGG-16 or ResNet-101")
    add("--width", type=int, default=64, help="channels of the first convolution; the papers' 64 (default)")
    add("--batch-norm", action="store_true", help="normalise over the batch, as a training from nothing needs it")
    add("--size", type=int, default=321, help="side of the squares that are cut out, in pixels (default 321)")
    add("--batch-size", type=int, default=8, help="pictures a step, of all processes together (default 8)")
    add("--steps", type=int, default=20_000, help="default 20000")
    add("--learning-rate", type=float, default=3e-4, help="at its peak (default 3e-4)")
    add("--weight-decay", type=float, default=1e-4, help="default 1e-4")
    add("--seed", type=int, default=0)
    add("--bf16", action="store_true", help="compute in bfloat16 where the processor or GPU has it")
    add("--checkpoint", type=Path, help="file to keep the state in, and to go on from where it stands already")
    add("--every", type=int, default=500, help="steps between two checkpoints (default 500)")
    add("--losses", type=Path, help="CSV of step, loss and learning rate")
    add("--output", type=Path, help="file for the trained weights, safetensors")
    options = parser.parse_args(arguments)
    if options.model not in MODELS:
        closest = difflib.get_close_matches(options.model, MODELS, n=1, cutoff=0)[0]
        parser.error(f"--model {options.model}: expected one of {', '.join(MODELS)}; the closest is {closest}")
    if bool(options.val_images) != bool(options.val_masks):
        parser.error("--val-images and --val-masks go together")
    return options


def _classes(text):
    return int(text) if text.isdigit() else tuple(text.split(","))


if __name__ == "__main__":
    main()
