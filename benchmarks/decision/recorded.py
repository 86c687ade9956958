"""Recorded answers of real models: how many verdicts a part of the cases reaches, and how often the whole disagrees."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.decision.grid import markdown, percent
from brainswap.core.statistics.moments import PairedCounts
from brainswap.core.statistics.paired import compare_binary

DATA = Path(os.environ.get("BRAINSWAP_REAL_DATA", "../shared/data"))
SETS = ("gsm8k", "mmlu_pro")
PARTS = (100, 200, 400)
MARGINS = (0.02, 0.05)
DRAWS = 40
SEED = 20261105
CONFIDENCE = 0.95

Right = dict[str, NDArray[np.bool_]]


def tables() -> Iterator[str]:
    yield f"### Recorded answers: {DRAWS} random parts of the cases for every ordered pair of models, in per cent"
    yield ""
    rows = []
    for name in SETS:
        path = DATA / f"{name}.jsonl"
        if not path.is_file():
            yield f"{path} is not here; BRAINSWAP_REAL_DATA names the folder."
            continue
        rows += list(_rows(name, _right(path)))
    head = ["set", "pairs", "margin", "cases", "not worse", "worse", "open", "whole says otherwise", "of the decided"]
    yield from markdown(head, rows)


def _right(path: Path) -> Right:
    by_model: dict[str, list[bool]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            for model, answer in json.loads(line)["recorded"].items():
                by_model.setdefault(model, []).append(bool(answer["labels"]["correct"]))
    most = max(len(answers) for answers in by_model.values())
    return {model: np.array(answers) for model, answers in by_model.items() if len(answers) == most}


def _rows(name: str, right: Right) -> Iterator[list[str]]:
    pairs = list(permutations(right, 2))
    for margin in MARGINS:
        for part in PARTS:
            rng = np.random.default_rng([SEED, part])
            found: Counter[str] = Counter()
            for source, target in pairs:
                truth = right[target].mean() - right[source].mean() > -margin
                for _ in range(DRAWS):
                    chosen = rng.choice(len(right[source]), part, replace=False)
                    status = _status(right[source][chosen], right[target][chosen], margin)
                    found[status] += 1
                    found["contradicted"] += status != "open" and (status == "not worse") != truth
            total = len(pairs) * DRAWS
            decided = found["not worse"] + found["worse"]
            shares = [percent(found[each] / total) for each in ("not worse", "worse", "open", "contradicted")]
            of_decided = f"{100 * found['contradicted'] / decided:.2f}" if decided else "none"
            yield [name, str(len(pairs)), f"{margin:g}", str(part), *shares, of_decided]


def _status(source: NDArray[np.bool_], target: NDArray[np.bool_], margin: float) -> str:
    counts = PairedCounts(
        both_right=int((source & target).sum()),
        only_source=int((source & ~target).sum()),
        only_target=int((~source & target).sum()),
        both_wrong=int((~source & ~target).sum()),
    )
    found = compare_binary(counts, CONFIDENCE)
    if found.low > -margin:
        return "not worse"
    return "worse" if found.high < -margin else "open"
