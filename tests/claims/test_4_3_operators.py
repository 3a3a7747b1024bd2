"""What notebook 4.3 says of the lecture's claims on operators, on more pictures and seeds than it shows."""

import numpy as np
import pytest

from seglearn import edges, images
from seglearn.experiments.edges import share_of_edges

PHOTOS = ("camera", "astronaut", "chelsea")
FIRST = {"gradient": edges.gradient, "roberts": edges.roberts, "prewitt": edges.prewitt, "sobel": edges.sobel}
RAMP = np.tile(np.arange(101) / 200, (101, 1))
RIGHT = np.array([[-3, -3, 5], [-3, 0, 5], [-3, -3, 5]])


def grey(name):
    return images.grey(images.load(name))


def strongest_tenth(answer):
    return answer > np.quantile(answer, 0.9)


@pytest.mark.parametrize(("name", "least"), [("camera", 0.4), ("astronaut", 0.4), ("flower", 0.5), ("chelsea", 0.22)])
def test_c21_what_a_high_pass_finds_is_edges(name, least):
    assert share_of_edges(grey(name), 0, 0) > least  # 0.1 by chance; chelsea is fur


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("rng", range(2))
def test_c21_and_noise(name, rng):
    photo = grey(name)
    shares = [share_of_edges(photo, noise, rng) for noise in (0, 0.05, 0.1, 0.2)]
    assert (np.diff(shares) < 0).all()
    assert shares[-1] < 0.6 * shares[0]
    white = np.random.default_rng(rng).random(photo.shape)
    assert edges.high_pass(photo, 0.1).var() < 0.1 * np.var(photo / 255)
    assert edges.high_pass(white, 0.1).var() > 0.85 * white.var()


@pytest.mark.parametrize("turns", range(4))
def test_c24_laplace_and_log_are_zero_on_a_ramp(turns):
    ramp = np.rot90(RAMP, turns)
    for slope in (1, 2):
        assert abs(edges.laplace(slope * ramp)[50, 50]) < 1e-12
        assert abs(edges.laplacian_of_gaussian(slope * ramp, 2)[50, 50]) < 1e-12


@pytest.mark.parametrize("turns", range(4))
def test_c24_kirsch_answers_in_proportion_to_the_slope(turns):
    ramp = np.rot90(RAMP, turns)
    for operator in (edges.kirsch, *FIRST.values()):
        once, twice = operator(ramp)[50, 50], operator(2 * ramp)[50, 50]
        assert once > 0.003
        assert twice == pytest.approx(2 * once)
    responses = edges.kirsch_stages(ramp).responses[:, 50, 50]
    np.testing.assert_allclose(responses[4:], -responses[:4], atol=1e-12)


def test_c24_a_mask_of_second_order_is_blind_to_slopes():
    assert RIGHT.sum() == 0
    assert (RIGHT * [-1, 0, 1]).sum() == 24
    dot = np.zeros((41, 41))
    dot[20, 20] = 1
    x = np.arange(41) - 20
    for operator in (edges.laplace, lambda image: edges.laplacian_of_gaussian(image, 2)):
        kernel = operator(dot)
        assert abs(kernel.sum()) < 1e-12
        assert abs((kernel * x).sum()) < 1e-12
        assert abs((kernel * x**2).sum()) > 1


def test_c24_on_a_soft_edge_the_second_derivative_answers_at_its_ends_only():
    soft = np.tile(np.clip((np.arange(101) - 40) / 20, 0, 1), (41, 1))
    kirsch, laplace = edges.kirsch(soft)[20], np.abs(edges.laplace(soft)[20])
    assert kirsch[42:59].min() > 0.07
    assert laplace[42:59].max() < 1e-12
    assert laplace[[40, 60]] == pytest.approx([0.05, 0.05])


def answers(rng):
    """For each operator: edge over noise, and weakest over strongest direction."""
    grain = images.noisy(np.full((300, 300), 0.5), 0.05, rng=rng)
    step = (np.arange(300) >= 150) * np.ones((300, 1))
    rows, columns = np.mgrid[-20:21, -20:21]
    found = {}
    for name in FIRST:
        stages = getattr(edges, f"{name}_stages")
        clarity = stages(step).horizontal.max() / stages(grain).horizontal.std() * 0.05
        turned = []
        for angle in np.radians(range(0, 95, 5)):
            edge = 1 / (1 + np.exp(-(columns * np.cos(angle) + rows * np.sin(angle)) / 0.6))
            turned.append(stages(edge).magnitude[20, 20])
        found[name] = clarity, min(turned) / max(turned)
    return found


@pytest.mark.parametrize("rng", range(3))
def test_prewitt_is_the_calmest_and_sobel_the_most_even(rng):
    found = answers(rng)
    clarity = {name: pair[0] for name, pair in found.items()}
    evenness = {name: pair[1] for name, pair in found.items()}
    assert clarity["gradient"] < 0.8 < clarity["roberts"] < 1.1 < clarity["sobel"] < clarity["prewitt"]
    assert max(evenness["gradient"], evenness["roberts"]) < 0.92 < evenness["prewitt"] < 0.95 < evenness["sobel"]


def test_smoothing_lifts_the_edge_out_of_the_noise():
    grain = images.noisy(np.full((300, 300), 0.5), 0.05, rng=0)
    step = (np.arange(300) >= 150) * np.ones((300, 1))
    answers = [
        edges.laplacian_of_gaussian(step, s).max() / edges.laplacian_of_gaussian(grain, s).std() for s in (1, 2, 4)
    ]
    assert answers[0] > 1.5 * edges.laplace(step).max() / edges.laplace(grain).std()
    assert answers[1] > 2 * answers[0]
    assert answers[2] > 1.8 * answers[1]
    for sigma in (1, 2, 4):
        marked = edges.zero_crossings(edges.laplacian_of_gaussian(step, sigma), 0.001)
        assert len(np.unique(marked.nonzero()[1])) == 1
