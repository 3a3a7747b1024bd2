"""The slowest ends of all controls: how long a reader waits at most, once a figure has been drawn."""

import time

from seglearn import figures
from seglearn.figures import controls, style

SLOWEST = 10


def rows():
    """Yield (figure, control and value, seconds) of the slowest; to be under 3 s each on a quiet machine."""
    found = sorted(_ends(), key=lambda row: -row[2])[:SLOWEST]
    for name, end, seconds in found:
        yield name, end, f"{seconds:.2f} s"


def _ends():
    for function in figures.all_figures():
        style.encode(function(), "jpeg")  # compiled, and what all of its frames share is there
        for name, control in controls.controls(function).items():
            for value in control.ends():
                start = time.perf_counter()
                style.encode(function(**{name: value}), "jpeg")
                yield function.__name__, f"{name}={value!r}", time.perf_counter() - start


if __name__ == "__main__":
    for row in rows():
        print(*row)
