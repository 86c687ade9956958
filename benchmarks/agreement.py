"""How far the scorers agree with the labels of recorded answers, by data set and model, as Markdown tables.

Run it as ``python -m benchmarks.agreement``; ``BRAINSWAP_REAL_DATA`` names the folder of the recordings.
"""

import sys
from collections.abc import Iterator

from tests.real.assembling import ABSENT, DATA, DATA_OF
from tests.real.recordings import LABEL_OF, Agreement, agreements, judged, labelled

_HEAD = "| scorer | model | answers | right by us | right by label | same | accuracy | kappa |"
_RULE = "|---|---|--:|--:|--:|--:|--:|--:|"


def main() -> int:
    if not DATA.is_dir():
        print(ABSENT, file=sys.stderr)
        return 1
    for workload in LABEL_OF:
        print("\n".join(table(workload)), end="\n\n")
    return 0


def table(workload: str) -> Iterator[str]:
    """The lines of a workload's table, with its heading."""
    yield from (f"### {workload} ({DATA_OF[workload]})", "", _HEAD, _RULE)
    answers = labelled(workload)
    for scorer, label in LABEL_OF[workload].items():
        for model, agreement in agreements(judged(workload, scorer, answers)).items():
            yield row(f"{scorer} / {label}", model, agreement)


def row(scorer: str, model: str, agreement: Agreement) -> str:
    cells = (
        scorer,
        model.replace("|", "\\|"),
        f"{agreement.answers:,}",
        f"{agreement.right_by_us:,}",
        f"{agreement.right_by_labels:,}",
        f"{agreement.agreeing:,}",
        f"{agreement.accuracy:.4f}",
        f"{agreement.kappa:.3f}",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
