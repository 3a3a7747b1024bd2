"""Every race and every timing of the course: `make bench`, or `make bench ARGS=slic` for one of them.

A ratio is our time over the reference's: the median of rounds in which both take turns, one thread each.
"""

import importlib
import sys
from pathlib import Path

ROWS = "bench_*.py"


def main(wanted):
    names = [path.stem for path in sorted(Path(__file__).parent.glob(ROWS))]
    for name in names:
        if not wanted or name.removeprefix("bench_") in wanted:
            print(f"\n{name.removeprefix('bench_')}", flush=True)
            for what, agreement, timing in importlib.import_module(f"benchmarks.{name}").rows():
                print(f"  {what:<52} {agreement:<44} {timing}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
