"""Print the tables, or those that are named: ``python -m benchmarks.decision [NAME ...]``."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping

from benchmarks.decision import coverage, errors, families, judged, powers, recorded, speed, stopping

TABLES: Mapping[str, Callable[[], Iterator[str]]] = {
    "binary": errors.binary,
    "graded": errors.graded,
    "clustered": errors.clustered,
    "coverage": coverage.tables,
    "judged": judged.tables,
    "power": powers.tables,
    "family": families.family,
    "identical": families.identical,
    "recorded": recorded.tables,
    "stopping": stopping.tables,
    "speed": speed.table,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in TABLES]
    if unknown:
        print(f"no table is called {', '.join(unknown)}; there are {', '.join(TABLES)}", file=sys.stderr)
        return 2
    for name in names or TABLES:
        began = time.perf_counter()
        print("\n".join(TABLES[name]()))
        print(f"\n_{time.perf_counter() - began:.0f} seconds_\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
