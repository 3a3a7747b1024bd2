"""Every race and every timing of the course: `make bench`, or `make bench ARGS=slic` for one of them.

A ratio is our time over the reference's: the median of rounds in which both take turns, one thread each.
`ARGS=--write` keeps what the races gave in `benchmarks/results.json`, and in the tables of both READMEs.
"""

import importlib
import json
import sys
from pathlib import Path

from seglearn.race import Race

ROWS = "bench_*.py"
RESULTS = Path(__file__).with_name("results.json")


def main(wanted):
    write = "--write" in wanted
    wanted = [name for name in wanted if name != "--write"]
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    for path in sorted(Path(__file__).parent.glob(ROWS)):
        name = path.stem.removeprefix("bench_")
        if wanted and name not in wanted:
            continue
        print(f"\n{name}", flush=True)
        kept[name] = []
        for what, agreement, timing in importlib.import_module(f"benchmarks.{path.stem}").rows():
            print(f"  {what:<52} {agreement:<44} {timing}", flush=True)
            if isinstance(timing, Race):
                kept[name].append({"what": what, "agreement": agreement, "ratio": float(f"{timing.ratio:.2g}")})
        if write:
            RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if write:
        from tools import readme

        readme.main()


if __name__ == "__main__":
    main(sys.argv[1:])
