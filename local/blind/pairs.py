"""The answers of a run that people compare, two to a case, drawn out of ``cases.jsonl``."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from brainswap.contenders import SOURCE
from brainswap.core.blind.documents import BlindKey, BlindRow
from brainswap.core.blind.drawing import Candidate, draw, says_the_same
from brainswap.core.fingerprints import fingerprint
from brainswap.core.labelling.drawing import drawn_repeat, is_swapped
from brainswap.core.prompts.template import as_text
from brainswap.core.wording import listed, printable
from brainswap.report.model import Report
from local.blind.places import Place
from local.labels.drawing import CannotLabelError

_ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What a person is shown of one case: request, reference, and two answers."""

    case: str
    request: str
    reference: str
    source: str
    target: str

    @property
    def sha256(self) -> str:
        return fingerprint([self.case, self.request, self.reference, self.source, self.target])


class _Call(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    arguments: str


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    answer: str
    status: str
    tool_calls: list[_Call] = []

    @property
    def text(self) -> str:
        calls = [f"[calls {call.name}({call.arguments})]" for call in self.tool_calls]
        status = [] if self.status == _ANSWERED else [f"[{self.status}]"]
        return "\n".join([*status, *calls, self.answer])


class _Line(BaseModel):
    """A line of ``cases.jsonl``, as far as it is needed."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    input: dict[str, Any]
    reference: Any
    contenders: dict[str, list[_Said]]
    cluster: str | None = None
    uncounted: list[str] = []
    context: str | None = None
    conversation: str | None = None
    tool_results: str | None = None
    files: str | None = None

    @property
    def request(self) -> str:
        told = {"context": self.context, "conversation": self.conversation, "tool_results": self.tool_results}
        shown = {**self.input, **told, "files": self.files}
        return "\n".join(f"{name}: {as_text(value)}" for name, value in shown.items() if value is not None)


def chosen_target(report: Report, named: str | None) -> str:
    """The contender that is compared with the source: the recommended one, or one that was named.

    Raises:
        CannotLabelError: there is none.
    """
    targets = [each.id for each in report.contenders if each.role == "target"]
    if named is not None and named not in targets:
        raise CannotLabelError(f"The run has no target {printable(named)}. It has {listed(targets) or 'none'}.")
    if named is not None:
        return named
    if report.recommended is None:
        raise CannotLabelError(
            f"The run recommends nobody ({report.verdict}). Name another: --contender: {listed(targets) or 'none'}."
        )
    return report.recommended.contender


def draw_pairs(
    place: Place, report: Report, report_sha256: str, *, target: str, count: int, seed: int, now: datetime
) -> tuple[BlindKey, list[Pair]]:
    """Draw the rows of a sheet; the same seed draws the same again.

    Raises:
        CannotLabelError: there is nothing to compare.
    """
    drawn = draw(_candidates(place, target, seed), count=count, seed=seed)
    if not any(not control for _, control in drawn.rows):
        raise CannotLabelError(f"Source and {target} say the same in all of the {drawn.cases:,} cases of the run.")
    # The report's hash, because whoever is shown a pair and guesses the seed could try which order gives what he sees.
    rows = [
        BlindRow(
            case=pair.case,
            target_first=is_swapped(seed, fingerprint([report_sha256, pair.sha256])),
            control=control,
            shown_sha256=pair.sha256,
        )
        for pair, control in drawn.rows
    ]
    key = BlindKey(
        run_id=report.run_id,
        workload=report.workload,
        report_sha256=report_sha256,
        source=SOURCE,
        target=target,
        seed=seed,
        drawn_at=now,
        cases=drawn.cases,
        differing=drawn.differing,
        rows=tuple(rows),
    )
    return key, [pair for pair, _ in drawn.rows]


def _candidates(place: Place, target: str, seed: int) -> Iterator[Candidate[Pair]]:
    for number, data in enumerate(place.lines("cases.jsonl"), start=1):
        if not data.strip():
            continue
        try:
            line = _Line.model_validate_json(data)
        except ValidationError:
            raise CannotLabelError(f"cases.jsonl:{number} is not as a run left it. Run the workload again.") from None
        source, other = line.contenders.get(SOURCE), line.contenders.get(target)
        if not source or not other or target in line.uncounted:
            continue
        repeat = drawn_repeat(seed, line.id, min(len(source), len(other)))
        pair = Pair(
            case=line.id,
            request=line.request,
            reference="" if line.reference is None else as_text(line.reference),
            source=source[repeat].text,
            target=other[repeat].text,
        )
        differs = not says_the_same(pair.source, pair.target)
        yield Candidate(case=line.id, cluster=line.cluster, differs=differs, row=pair)
