"""What chapter 4.1 measures: scenes and their marks, every method on one picture, fields of use, coins."""

import sys

import numpy as np
import pytest
from scipy import ndimage
from skimage import segmentation

from seglearn import images, regions
from seglearn.experiments import fields, overview, tasks

NETWORKS = ("FCN-8s", "DeepLab V1", "ReSeg")
DRAWN = ("coffee", "coins", "horse")
FOUR = ("coffee", "coins", "chelsea")  # and a street
HINTED = ("graph cut", "GrabCut")
UNHINTED = [name for name in overview.METHODS if name not in HINTED]


@pytest.fixture(scope="module")
def scenes():
    return {name: overview.scene(images.load(name), images.ground_truth(name)) for name in DRAWN}


# ---- scenes


@pytest.mark.parametrize("name", ["astronaut", "camera", "chelsea", "china", "coffee", "coins", "motorcycle", "rocket"])
def test_a_scene_has_its_picture_truth_and_marks_in_place(name):
    truth = images.ground_truth(name)
    scene = overview.scene(images.load(name), truth)
    assert max(scene.image.shape[:2]) <= overview.SIDE
    assert scene.truth.shape == scene.image.shape[:2]
    assert set(np.unique(scene.truth)) <= {*range(len(truth.classes)), 255}
    assert scene.foreground.any()
    assert scene.background.any()
    assert (scene.truth[scene.foreground] % 255 > 0).all()
    assert (scene.truth[scene.background] == 0).all()


def test_a_scene_shows_what_the_photograph_shows():
    """The middle of a block lies in the block: truth and reduced picture agree where the horse is."""
    scene = overview.scene(images.load("horse"), images.ground_truth("horse"))
    assert (scene.image[scene.truth == 1] < 128).all()
    assert (scene.image[scene.truth == 0] > 128).all()


def test_without_a_truth_the_marks_are_in_the_middle_and_at_the_border():
    scene = overview.scene(np.zeros((60, 90, 3), np.uint8))
    assert scene.truth is None
    inside = (np.linspace(-1, 1, 60)[:, None] ** 2 + np.linspace(-1, 1, 90) ** 2) < 0.3
    assert inside[scene.foreground].all()
    assert not inside[scene.background].any()
    assert scene.foreground.any()
    assert scene.background.any()


def test_a_street_is_marked_on_its_vehicles():
    pytest.importorskip("torch")
    scene = overview.street(3)
    assert scene.image.shape == (96, 96, 3)
    assert (scene.truth[scene.foreground] == 5).all()


# ---- the methods


def test_every_section_of_the_chapter_takes_part():
    sections = [method.section for method in overview.METHODS.values()]
    assert sections == sorted(sections, key=lambda s: s if s != "4.5" else "4.5.9")
    assert {section[:3] for section in sections} == {"4.2", "4.3", "4.4", "4.5", "4.6"}


@pytest.mark.parametrize("name", [name for name in overview.METHODS if name not in NETWORKS])
def test_its_parameter_changes_what_a_method_finds(name, scenes):
    entries = [overview.compete(name, scenes["coffee"], n) for n in (-3, 0, 3)]
    low, middle, high = (entry.value for entry in entries)
    assert middle == overview.METHODS[name].value
    assert high == 8 * middle
    assert low == (max(round(middle / 8), 1) if isinstance(middle, int) else middle / 8)
    assert (entries[0].edges != entries[1].edges).any() or (entries[2].edges != entries[1].edges).any()
    assert all(entry.seconds > 0 for entry in entries)


def test_k_means_by_another_way(scenes):
    """Its labels are those of the nearest centre, whichever the centres are."""
    image = scenes["coffee"].image / 255
    labels = overview.compete("K-Means", scenes["coffee"]).labels
    centers = np.array([image[labels == k].mean(axis=0) for k in range(4)])
    nearest = ((image[..., None, :] - centers) ** 2).sum(axis=-1).argmin(axis=-1)
    assert (nearest == labels).mean() > 0.999


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_know_streets_better_than_any_other_method(name):
    pytest.importorskip("torch")
    scene = overview.street(3)
    scores = {each: overview.judge(overview.compete(each, scene), scene.truth) for each in ("K-Means", "Otsu", name)}
    assert scores[name].boundary > max(scores[each].boundary for each in ("K-Means", "Otsu")) + 0.1
    assert scores[name].covering > 0.7


def test_without_pytorch_networks_stand_aside_and_the_others_run(scenes, monkeypatch):
    monkeypatch.setitem(sys.modules, "seglearn.networks", None)
    entries = overview.shoot_out(scenes["coins"])
    assert {name for name, entry in entries.items() if entry is None} == set(NETWORKS)
    assert list(entries) == list(overview.METHODS)


def test_the_shoot_out_spoils_one_method_alone(scenes):
    before, after = (overview.shoot_out(scenes["coins"], "Otsu", n) for n in (0, -1))
    changed = [name for name in before if before[name] and (before[name].labels != after[name].labels).any()]
    assert changed == ["Otsu"]


def test_an_unknown_method_is_refused(scenes):
    with pytest.raises(ValueError, match="name: expected one of 'K-Means', "):
        overview.compete("magic", scenes["coins"])


# ---- scores


@pytest.mark.parametrize("name", DRAWN)
def test_one_region_scores_what_its_areas_give(name, scenes):
    truth = scenes[name].truth
    areas = np.bincount(truth[truth != 255])
    scores = overview.one_region(truth)
    assert scores.covering == pytest.approx((areas.astype(float) ** 2).sum() / areas.sum() ** 2)
    assert scores.boundary == 0


def test_a_perfect_answer_scores_one(scenes):
    truth = scenes["coins"].truth
    nearest = ndimage.distance_transform_edt(truth == 255, return_distances=False, return_indices=True)
    labels = truth[tuple(nearest)]
    entry = overview.Entry(labels, overview.borders(labels), 0, 0)
    assert overview.judge(entry, truth) == overview.Scores(1, 1)


@pytest.fixture(scope="module")
def contest():
    """The scores of all methods on the four pictures of the notebook, and those of one region."""
    pytest.importorskip("torch")
    pictures = {name: overview.scene(images.load(name), images.ground_truth(name)) for name in FOUR}
    pictures["street"] = overview.street(3)
    scores = {}
    for name, scene in pictures.items():
        entries = overview.shoot_out(scene)
        scores[name] = {each: overview.judge(entry, scene.truth) for each, entry in entries.items()}
        scores[name]["one region"] = overview.one_region(scene.truth)
    return scores


def best(scores, names):
    return max(scores[name].covering for name in names)


def test_on_the_cup_hints_win_in_covering_and_not_in_borders(contest):
    scores = contest["coffee"]
    hinted = sorted(scores[name].covering for name in HINTED)
    assert hinted[0] > best(scores, UNHINTED) + 0.1
    assert sum(score.boundary > scores["GrabCut"].boundary for score in scores.values()) >= 9


def test_on_the_coins_a_threshold_wins_and_networks_fall_below_one_region(contest):
    scores = contest["coins"]
    assert best(scores, ("adaptive", "Otsu")) > best(scores, [*HINTED, *NETWORKS]) + 0.05
    assert best(scores, NETWORKS) < scores["one region"].covering - 0.1
    assert scores["watershed"].boundary > scores["adaptive"].boundary  # and yet: who parts the coins is punished
    assert scores["watershed"].covering < scores["adaptive"].covering - 0.1


def test_on_the_cat_no_method_without_a_hint_beats_one_region(contest):
    scores = contest["chelsea"]
    assert best(scores, UNHINTED) < scores["one region"].covering + 0.005
    assert min(scores[name].covering for name in HINTED) > scores["one region"].covering + 0.15
    truth = images.ground_truth("chelsea").labels
    assert 0.7 < (truth == 1).sum() / (truth != 255).sum() < 0.8


def test_on_the_street_every_network_beats_everything_else(contest):
    scores = contest["street"]
    others = [name for name in overview.METHODS if name not in NETWORKS]
    assert min(scores[name].covering for name in NETWORKS) > best(scores, others) + 0.2


def test_borders_and_parted_regions():
    labels = np.array([[0, 0, 1], [0, 2, 1]])
    assert overview.borders(labels).astype(int).tolist() == [[0, 1, 0], [1, 1, 0]]
    found = np.array([[0, 0, 1, 0, 0], [0, 0, 1, 0, 0]], bool)
    parts = overview.parted(found)
    assert parts[:, :2].tolist() == [[0, 0], [0, 0]]
    assert parts[:, 3:].tolist() == [[1, 1], [1, 1]]
    assert not overview.parted(np.ones((2, 3), bool)).any()
    leaky = found & [[True], [False]]
    assert overview.parted(leaky).max() == 0


def test_likeness_by_hand():
    image = np.repeat(np.uint8([[0, 0, 200, 200]]), 2, axis=0)
    halves = overview.Entry(np.int32([[0, 0, 1, 1]] * 2), None, 0, 0)
    assert overview.likeness(halves, image) == (1, 1)  # turned over, halves are halves
    third = overview.Entry(np.int32([[0, 0, 0, 1]] * 2), None, 0, 0)
    assert overview.likeness(third, image) == pytest.approx((1 / 3, 1 / 3))
    corner = overview.Entry(np.int32([[0, 0, 1, 0], [0, 0, 0, 0]]), None, 0, 0)
    ours, elsewhere = overview.likeness(corner, image)
    assert ours == pytest.approx(elsewhere)


# ---- fields of use


def test_glands_are_found_by_patches_better_than_by_pixels():
    found = fields.tissue()
    assert found.scores[0] > 0.85
    assert found.scores[1] > max(0.97, found.scores[0] + 0.04)
    assert not found.synthetic
    for labels in (found.truth, found.fitting, found.plain):  # right shares, though the threshold's map is worse
        assert 0.57 < (labels[found.truth != 255] == 1).mean() < 0.59


def test_water_runs_down_into_the_basin_that_floods():
    """Two ways to the same basins: flooding from below, and a drop on every pixel from above."""
    found = fields.relief()
    assert segmentation.join_segmentations(found.fitting, found.truth).max() == found.truth.max()
    assert found.scores[1] == 1
    assert found.scores[0] < 0.3
    assert 100 < found.fitting.max() + 1 < 400 < found.plain.max()


@pytest.mark.parametrize("seed", range(3))
def test_drained_walks_drop_by_drop(seed):
    height = ndimage.gaussian_filter(np.random.default_rng(seed).random((25, 30)), 2)
    pits = fields.drained(height)
    minima = regions.regional_minima(height)
    assert pits.max() + 1 == minima.max()
    for row, col in np.random.default_rng(seed).integers(0, 25, (20, 2)):
        r, c = row, col
        while True:
            beside = [(r, c), (r - 1, c), (r, c - 1), (r, c + 1), (r + 1, c)]
            low = min((p for p in beside if 0 <= p[0] < 25 and 0 <= p[1] < 30), key=lambda p: height[p])
            if low == (r, c):
                break
            r, c = low
        assert pits[row, col] == minima[r, c] - 1


def test_parcels_are_found_by_colour_and_place_better_than_by_colour():
    found = fields.parcels()
    assert found.synthetic
    assert found.scores[1] > found.scores[0] + 0.2


@pytest.mark.parametrize("seed", range(3))
def test_fields_from_the_air_have_roads_and_an_exact_map(seed):
    image, truth = fields.aerial(120, seed)
    assert image.shape == (120, 120, 3)
    road = truth == fields.ROAD
    assert 0.02 < road.mean() < 0.2
    assert 10 < truth.max() <= fields.N_PARCELS
    flat = image[road].astype(float)
    assert np.ptp(flat.mean(axis=0)) < 20  # roads are grey, whatever the light
    np.testing.assert_array_equal(image, fields.aerial(120, seed)[0])
    assert (fields.aerial(120, seed + 1)[1] != truth).any()


def test_a_network_reads_the_street_better_than_colours_named_by_the_truth():
    pytest.importorskip("torch")
    found = fields.driving()
    assert found.synthetic
    assert found.scores[1] > found.scores[0] + 0.2
    assert found.scores[1] > 0.7


def test_grab_cut_finds_the_motorbike_where_a_threshold_does_not():
    found = fields.motorbike()
    assert found.scores[1] > found.scores[0] + 0.15
    assert found.scores[1] > 0.5
    assert set(np.unique(found.truth)) == {0, 1, 255}


def test_a_relief_is_brightest_towards_the_light():
    rows, cols = np.mgrid[:40, :40] - 20.0
    lit = fields.shaded(np.maximum(0, 15 - np.hypot(rows, cols)), scale=1)
    assert lit[12, 12] > lit[2, 2] > lit[28, 28]
    assert 0 <= lit.min() <= lit.max() <= 1


def test_mean_colours_and_majorities_by_hand():
    image, labels = np.uint8([[[0, 0, 255], [0, 0, 0], [255, 51, 0]]]), np.array([[1, 1, 0]])
    np.testing.assert_allclose(fields.mean_colors(image, labels), [[1, 0.2, 0], [0, 0, 0.5]])
    truth = np.array([[3, 3, 1, 255, 255, 255]])
    assert fields.majority(np.array([[0, 0, 0, 0, 0, 1]]), truth).tolist() == [[3, 3, 3, 3, 3, 0]]


def test_an_unknown_field_is_refused():
    with pytest.raises(ValueError, match="name: expected one of 'medicine: stained tissue', "):
        fields.field("astronomy")


# ---- four tasks


def test_all_24_coins_are_found_and_matched():
    found = tasks.coins()
    assert found.objects.max() == found.n_true == found.n_matched == 24
    assert found.overlap > 0.98
    for (top, left, bottom, right), k in zip(found.boxes, range(1, 25), strict=True):
        rows, cols = np.nonzero(found.objects == k)
        assert (top, left, bottom, right) == (rows.min(), cols.min(), rows.max() + 1, cols.max() + 1)


def test_poor_markers_lose_coins():
    assert tasks.coins(30, 100).n_matched < 15
    assert tasks.coins(1, 250).n_matched < 3


def test_pieces_and_matches_by_hand():
    mask = np.array([[1, 0, 1, 1, 0], [0, 0, 0, 1, 0], [1, 1, 0, 0, 0]], bool)
    assert tasks.pieces(mask).tolist() == [[1, 0, 2, 2, 0], [0, 0, 0, 2, 0], [3, 3, 0, 0, 0]]
    assert tasks.pieces(mask, 3).tolist() == [[0, 0, 1, 1, 0], [0, 0, 0, 1, 0], [0] * 5]
    truth = np.array([[1, 1, 1, 0, 2, 2, 255]])
    assert tasks.matched(np.array([[5, 5, 0, 0, 1, 1, 1]]), truth) == 2  # 2/3 and 1
    assert tasks.matched(np.array([[1, 0, 0, 0, 2, 0, 2]]), truth) == 0  # 1/3 and exactly 1/2
