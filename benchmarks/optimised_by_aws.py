"""Whether the prompts pay that Bedrock's Advanced Prompt Optimization made: AWS's own answers, by our statistics.

Run it as ``python -m benchmarks.optimised_by_aws``; it prints a Markdown table. ``BRAINSWAP_REAL_DATA`` names the
folder of the data, which are AWS's published samples: a few cases a task, each answered with the prompt before and
after, and scored by AWS. Costs are by the project's own price list and the tokens that AWS counted.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from brainswap.core.answers import Usage
from brainswap.core.cases import Case
from brainswap.core.decision.paired_tally import PairedTally
from brainswap.core.money.costs import cost_usd
from brainswap.core.money.prices import price_of
from brainswap.core.prompts.leaks import Leaks
from brainswap.core.statistics.amounts import PairedAmounts
from brainswap.core.statistics.power import draws_needed
from brainswap.core.statistics.quantiles import RatioInterval
from tests.real.assembling import ABSENT, DATA

NAME = "bedrock_apo"
CONFIDENCE = 0.95
MARGIN = 0.05  # of a score, by which a prompt that saves money may be worse
THOUSAND = 1000
_HEAD = (
    "| task | model | cases | score | difference (95%) | better, worse, tied | p | tokens in | tokens out "
    "| USD per 1,000 | cost ratio (95%) | first token ms | cases in the prompt | verdict | cases it takes |"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What AWS recorded of one answer."""

    score: float
    usage: Usage
    first_token_ms: float


@dataclass(frozen=True, kw_only=True)
class Task:
    """Some cases, each answered before and after.

    Attributes:
        repeated: ids of the cases of which the new prompt repeats words.
    """

    name: str
    model: str
    cases: Sequence[str]
    before: Sequence[Told]
    after: Sequence[Told]
    repeated: frozenset[str]

    @cached_property
    def pairs(self) -> PairedTally:
        return self._tally(frozenset())

    @cached_property
    def unseen(self) -> PairedTally:
        """Without the cases that the new prompt repeats."""
        return self._tally(self.repeated)

    @cached_property
    def costs(self) -> tuple[Decimal, Decimal] | None:
        """Dollars per 1,000 answers before and after; None without a price."""
        pairs = self._priced()
        if pairs is None:
            return None
        before, after = (sum(side, Decimal(0)) * THOUSAND / len(self.cases) for side in zip(*pairs, strict=True))
        return before, after

    @cached_property
    def ratio(self) -> RatioInterval | None:
        """Cost after to cost before."""
        amounts = PairedAmounts()
        for one, other in self._priced() or ():
            amounts.add(float(one), float(other))
        return amounts.ratio(CONFIDENCE)

    def _priced(self) -> list[tuple[Decimal, Decimal]] | None:
        price = price_of(self.model)
        if price is None:
            return None
        both = []
        for one, other in zip(self.before, self.after, strict=True):
            found = [cost_usd(each.usage, price, inference="on_demand", tier=None).usd for each in (one, other)]
            if found[0] is None or found[1] is None:
                return None
            both.append((found[0], found[1]))
        return both

    def _tally(self, without: frozenset[str]) -> PairedTally:
        tally = PairedTally()
        for case, one, other in zip(self.cases, self.before, self.after, strict=True):
            if case not in without:
                tally.add(one.score, other.score)
        return tally


def tasks() -> list[Task]:
    """The tasks in the order of the file."""
    templates = json.loads((DATA / f"{NAME}.manifest.json").read_text("utf-8"))["templates"]
    templates = json.loads(templates) if isinstance(templates, str) else templates
    rows: dict[str, list[dict[str, Any]]] = {}
    with (DATA / f"{NAME}.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            rows.setdefault(row["id"].rpartition("-")[0], []).append(row)
    return [_task(name, templates[name], found) for name, found in rows.items()]


def _task(name: str, template: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Task:
    model = template["target_model"]
    leaks = Leaks(template["optimized_prompt"], template["original_prompt"])
    cases = [Case(id=row["id"], input=row["input"], reference=row["reference"]) for row in rows]
    return Task(
        name=name.removeprefix("apo-"),
        model=model,
        cases=[case.id for case in cases],
        before=[_told(row["recorded"][f"{model}|original"]) for row in rows],
        after=[_told(row["recorded"][f"{model}|optimized"]) for row in rows],
        repeated=frozenset(case.id for case in cases if any(leaks.of(case))),
    )


def _told(recorded: Mapping[str, Any]) -> Told:
    return Told(
        score=recorded["labels"]["score"],
        usage=Usage(input_tokens=recorded["input_tokens"], output_tokens=recorded["output_tokens"]),
        first_token_ms=recorded["ttft_ms"],
    )


def verdict(task: Task) -> str:
    """What may be said of the prompt after all, in our own words for gates."""
    found = task.pairs.comparison(CONFIDENCE)
    if found is None:
        return "nothing was scored"
    cheaper = task.ratio is not None and task.ratio.high < 1
    if found.low > 0:
        unseen = task.unseen.comparison(CONFIDENCE)
        kept = unseen is not None and unseen.low > 0
        return "better" if not task.repeated or kept else "better, not shown on cases that it does not repeat"
    if found.high < 0:
        return "worse"
    if found.low > -MARGIN:
        return "not worse, and cheaper" if cheaper else "not worse"
    return "not shown"


def needed(task: Task) -> int | None:
    """Cases that show the difference with a probability of 80 % if it is as it was found; None if it is none."""
    found = task.pairs.comparison(CONFIDENCE)
    if found is None or found.difference <= 0:
        return None
    return draws_needed(task.pairs.draws.atoms(), bound=0.0, least=-1.0, most=1.0, confidence=CONFIDENCE)


def table(found: Sequence[Task]) -> Iterator[str]:
    yield _HEAD
    yield "|" + "---|" * (_HEAD.count("|") - 1)
    yield from map(_row, found)


def _row(task: Task) -> str:
    pairs, exact, ratio = task.pairs.comparison(CONFIDENCE), task.pairs.exact(), task.ratio
    if pairs is None:
        raise SystemExit(f"{task.name} has no pair")
    cases = needed(task)
    cells = [
        task.name,
        task.model,
        str(pairs.pairs),
        f"{_mean([each.score for each in task.before]):.2f} → {_mean([each.score for each in task.after]):.2f}",
        f"{pairs.difference:+.2f} ({pairs.low:+.2f} to {pairs.high:+.2f})",
        f"{pairs.better}, {pairs.worse}, {pairs.tied}",
        "unknown" if exact is None else f"{exact.p_value:.3f}",
        _moved([each.usage.input_tokens for each in task.before], [each.usage.input_tokens for each in task.after]),
        _moved([each.usage.output_tokens for each in task.before], [each.usage.output_tokens for each in task.after]),
        "unknown" if task.costs is None else f"{task.costs[0]:.2f} → {task.costs[1]:.2f}",
        "unknown" if ratio is None else f"{ratio.ratio:.2f} ({ratio.low:.2f} to {ratio.high:.2f})",
        _moved([each.first_token_ms for each in task.before], [each.first_token_ms for each in task.after]),
        f"{len(task.repeated)}",
        verdict(task),
        "none" if cases is None else f"{cases:,}",
    ]
    return f"| {' | '.join(cells)} |"


def _moved(before: Sequence[float], after: Sequence[float]) -> str:
    return f"{_mean(before):,.0f} → {_mean(after):,.0f}"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def main() -> int:
    if not DATA.is_dir():
        print(ABSENT, file=sys.stderr)
        return 1
    found = tasks()
    print("\n".join(table(found)))
    for task in found:
        unseen = task.unseen.comparison(CONFIDENCE)
        if task.repeated and unseen is not None:
            print(
                f"\n{task.name}: the new prompt repeats words in a row of {len(task.repeated)} of its "
                f"{len(task.cases)} cases, of their inputs or of their references. "
                f"On the others the difference is {unseen.difference:+.2f} ({unseen.low:+.2f} to {unseen.high:+.2f})."
            )
        elif task.repeated:
            print(f"\n{task.name}: the new prompt repeats words of all of its {len(task.cases)} cases.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
