"""Drafts: a figure that takes its time shows what it has so far, if somebody is watching."""

import time
from contextlib import contextmanager

PAUSE = 0.3  # seconds from one draft to the next, and to the first: what is quicker needs none

_watchers = []  # [show, when the last draft was shown], the innermost at the end


@contextmanager
def watched(show):
    """Let `show(figure)` see the drafts of figures that are drawn inside."""
    _watchers.append([show, time.perf_counter()])
    try:
        yield
    finally:
        _watchers.pop()


def draft(draw):
    """Show `draw()`, the figure with what is there so far; nothing is drawn if nobody watches, or just did."""
    if _watchers and time.perf_counter() - _watchers[-1][1] >= PAUSE:
        _watchers[-1][0](draw())
        _watchers[-1][1] = time.perf_counter()
