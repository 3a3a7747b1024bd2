"""A race is fair: as many runs each, by turns, on one thread; its numbers are medians. No clock is real here."""

import itertools
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from seglearn.race import Race, race

module = import_module("seglearn.race")


class Clock:
    """A clock that only the runners move, each by the next of its own times (the first is the unmeasured run)."""

    def __init__(self):
        self.now, self.log = 0.0, []

    def runner(self, name, milliseconds):
        times = itertools.chain([1e6], milliseconds)

        def run():
            self.log.append(name)
            self.now += next(times) / 1e3

        return run


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    monkeypatch.setattr(module, "gc", SimpleNamespace(collect=lambda: None))  # slow where much is loaded
    return clock


def test_medians_by_hand(clock):
    """Ratios 1/2, 4/2, 9/3: the median is 2, which is not the ratio of the medians 4 and 2."""
    result = race(clock.runner("ours", [1, 4, 9]), clock.runner("theirs", [2, 2, 3]), rounds=3)
    assert result.ratio == pytest.approx(2)
    assert result.ours == pytest.approx(4)
    assert result.theirs == pytest.approx(2)


def test_of_two_rounds_the_mean_is_taken(clock):
    result = race(clock.runner("ours", [1, 3]), clock.runner("theirs", [4, 4]), rounds=2)
    assert result.ratio == pytest.approx((1 / 4 + 3 / 4) / 2)


def test_the_quicker_of_the_two_has_a_ratio_below_one(clock):
    assert race(clock.runner("ours", [1] * 5), clock.runner("theirs", [4] * 5)).ratio == pytest.approx(0.25)
    assert race(clock.runner("ours", [4] * 5), clock.runner("theirs", [1] * 5)).ratio == pytest.approx(4)


@pytest.mark.parametrize("rounds", [1, 2, 5])
def test_both_run_as_often_and_take_turns_in_being_first(clock, rounds):
    race(clock.runner("ours", [1] * rounds), clock.runner("theirs", [1] * rounds), rounds=rounds)
    unmeasured, measured = clock.log[:2], [tuple(clock.log[i : i + 2]) for i in range(2, len(clock.log), 2)]
    assert unmeasured == ["ours", "theirs"]
    assert measured == [("ours", "theirs"), ("theirs", "ours")][:rounds] + [
        ("ours", "theirs") if number % 2 == 0 else ("theirs", "ours") for number in range(2, rounds)
    ]


def test_one_thread_each_and_all_of_them_afterwards():
    np.zeros((8, 8)) @ np.zeros((8, 8))  # so that a BLAS is loaded
    before, seen = threads(), []
    race(lambda: seen.append(threads()), lambda: seen.append(threads()), rounds=1)
    assert before
    assert len(seen) == 4
    assert all(set(numbers) == {1} for numbers in seen)
    assert threads() == before


def test_an_error_in_a_runner_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        race(lambda: None, lambda: 1 / 0, rounds=1)


def test_it_reads_as_one_line():
    assert str(Race(0.254, 12.34, 49.0)) == "12.3 ms against 49.0 ms, ratio 0.25"


def threads():
    return [pool["num_threads"] for pool in threadpool_info()]
