"""The line under each figure of 4.1: its numbers, computed once more in another way."""

import re

import numpy as np
import pytest
from skimage import measure, segmentation

from seglearn import images, metrics
from seglearn.experiments import fields
from seglearn.experiments import overview as experiment
from seglearn.figures import drafts, overview


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "en")


def told(drawn):
    """Return the numbers in the line under a figure."""
    return [float(text.replace(",", "")) for text in re.findall(r"(?<![\w-])\d+(?:,\d{3})*(?:\.\d+)?", drawn.numbers)]


def pixels(drawn, panel):
    return np.asarray(drawn.axes[panel].images[0].get_array())


def written(drawn, panel):
    return [text.get_text() for text in drawn.axes[panel].texts]


@pytest.mark.parametrize(("photo", "row", "col"), [("motorcycle", 300, 400), ("astronaut", 100, 220), ("china", 5, 5)])
def test_semantic_labels(photo, row, col):
    truth = images.ground_truth(photo)
    label = truth.labels[row, col]
    area = np.bincount(truth.labels.ravel(), minlength=256) / truth.labels.size * 100
    drawn = overview.semantic_labels(photo=photo, row=row, col=col)
    assert told(drawn) == [row, col, label, pytest.approx(area[label], abs=0.06), pytest.approx(area[255], abs=0.06)]
    assert truth.classes[label] in drawn.numbers
    assert written(drawn, 2)[::2] == [*truth.classes, "unlabelled"]
    shares = [float(text.rstrip("%")) for text in written(drawn, 2)[1::2]]
    assert sum(shares) == pytest.approx(100, abs=0.3)


def test_opacity_and_classes_mix_the_right_pixels():
    photo, truth = images.load("chelsea"), images.ground_truth("chelsea").labels
    np.testing.assert_array_equal(pixels(overview.semantic_labels(photo="chelsea", opacity=0), 0), photo)
    alone = overview.semantic_labels(
        photo="chelsea", opacity=100, shown="the class under the pointer", row=150, col=200
    )
    changed = (pixels(alone, 0) != photo).any(axis=2)
    assert not changed[truth != 1].any()
    assert changed[truth == 1].mean() > 0.99
    full = pixels(overview.semantic_labels(photo="chelsea", opacity=100), 0)
    assert len(np.unique(full.reshape(-1, 3), axis=0)) == 3
    assert (full[truth == 255] == 255).all()
    half = pixels(overview.semantic_labels(photo="chelsea", opacity=50), 0).astype(float)
    np.testing.assert_allclose(half, (full + photo.astype(float)) / 2, atol=0.51)


@pytest.mark.parametrize("high", [150, 220])
def test_four_tasks(high):
    grey, truth = images.load("coins"), images.ground_truth("coins").labels
    drawn = overview.four_tasks(high=high)
    mask = (pixels(drawn, 2) != pixels(drawn, 2)[0, 0]).any(axis=2)
    assert not mask[grey < 20].mean() > 0.05
    found, coins, sure = measure.label(mask), measure.label(truth == 1), truth != 255
    pairs = [((found == i) & sure, coins == j) for j in range(1, 25) for i in np.unique(found[coins == j]) if i]
    hits = sum((a & b).sum() > 0.5 * (a | b).sum() for a, b in pairs)
    iou = (mask & (truth == 1) & sure).sum() / ((mask | (truth == 1)) & sure).sum()
    assert told(drawn) == [hits, 24, pytest.approx(iou, abs=6e-4)]
    assert len(drawn.axes[1].patches) == 2 * found.max()


def test_fields_of_use():
    tissue, relief, bike = (fields.field(name) for name in overview.fields.THREE)
    sure = tissue.truth != 255
    both, either = ((op(tissue.fitting == 1, tissue.truth == 1) & sure).sum() for op in (np.logical_and, np.logical_or))
    rand = metrics.mean_iou(bike.fitting, bike.truth)
    gland, covering, n_regions, iou = told(overview.fields_of_use())
    assert gland == pytest.approx(both / either, abs=0.006)
    assert covering == 1
    assert segmentation.relabel_sequential(relief.fitting + 1)[0].max() == n_regions
    background = ((bike.fitting == 0) & (bike.truth == 0)).sum() / (
        ((bike.fitting == 0) | (bike.truth == 0)) & (bike.truth != 255)
    ).sum()
    assert iou == pytest.approx(2 * rand - background, abs=0.006)


def test_a_synthetic_picture_says_so_and_a_real_one_does_not():
    assert "synthetic" in overview.fields_of_use(field="remote sensing: fields").numbers
    assert "synthetic" not in overview.fields_of_use(field="medicine: stained tissue").numbers


@pytest.mark.parametrize("method", ["K-Means", "Otsu"])
def test_shoot_out(method):
    truth = images.ground_truth("coffee").labels
    drawn = overview.shoot_out(method=method)
    names = list(experiment.METHODS)
    lines = [written(drawn, 3)[5 + 5 * k : 10 + 5 * k] for k in range(len(names))]
    assert [line[0] for line in lines] == [str(k + 1) for k in range(len(names))]
    assert [line[1] for line in lines] == names
    table = {line[1]: line[2:] for line in lines}
    for name, labels in zip(names, drawn.answer):
        assert int(table[name][0]) == len(set(labels.ravel().tolist()))
    small = truth[2::4, 2::4]
    labels = drawn.answer[names.index(method)]
    sides = segmentation.find_boundaries(labels, mode="inner", connectivity=1)
    recall = metrics.boundary_recall(labels, small)
    assert recall >= metrics.boundary_f(sides, small)[1] - 0.05
    _value, f, covering, best_f, best_covering = told(drawn)
    assert [f"{f:.2f}", f"{covering:.2f}"] == table[method][1:]
    assert written(drawn, 3)[-5:-2] == ["–", "one region", "1"]
    areas = np.bincount(small[small != 255]) / (small != 255).sum()
    assert [float(text) for text in written(drawn, 3)[-2:]] == [0, pytest.approx((areas**2).sum(), abs=0.006)]
    assert best_f == max(float(row[1]) for row in table.values())
    assert best_covering == max(float(row[2]) for row in table.values())


def test_answers_are_shown_as_they_come(monkeypatch):
    """On a photo not met before, every draft has one method more, with the tile and the line that the end has."""
    monkeypatch.setattr(drafts, "PAUSE", 0)
    seen = []
    with drafts.watched(seen.append):
        last = overview.shoot_out(photo="horse", method="Canny")
    names = list(experiment.METHODS)
    assert [told(drawn)[0] for drawn in seen[:-1]] == list(range(1, len(names)))
    lines, to_beat = written(last, 3)[5:-5], written(last, 3)[-5:]
    for k, drawn in enumerate(seen):
        assert written(drawn, 3)[5:] == lines[: 5 * (k + 1)] + to_beat
    assert seen[3].numbers == "4 of 18 methods have answered; next: Sobel"
    assert [axes.get_title() for axes in seen[3].axes][:2] == ["Working…"] * 2
    assert seen[6].axes[0].get_title() == "Canny"


def test_the_table_sorts():
    for order, column in (("borders", 3), ("covering", 4)):
        drawn = overview.shoot_out(order=order, photo="coins")
        values = [float(text) for text in written(drawn, 3)[5 + column : -5 : 5]]
        assert values == sorted(values, reverse=True)
    drawn = overview.shoot_out(order="time", photo="coins")
    times = [float(text) for text in written(drawn, 3)[5 + 4 :: 5]]
    assert times == sorted(times)
    assert all(time > 0 for time in times)


def test_without_a_truth_there_are_regions_and_no_scores():
    drawn = overview.shoot_out(photo="page")
    assert written(drawn, 3)[5 + 3 :: 5] == ["–"] * len(experiment.METHODS)
    assert told(drawn) == [4]


def test_without_pytorch_the_figure_says_so(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "seglearn.networks", None)
    drawn = overview.shoot_out(photo="clock", method="FCN-8s")
    assert drawn.numbers == "FCN-8s needs PyTorch: pip install torch safetensors tqdm"
    assert drawn.answer[-3:] == [None] * 3
    assert written(drawn, 3).count("needs PyTorch") == 3
