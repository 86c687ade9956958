"""Guards at work in a run: whether a prompt that somebody proposes may be evaluated."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from brainswap.contenders import prompt_of
from brainswap.contracts import FrozenRun
from brainswap.core.cases import Case, Split
from brainswap.core.prompts.guards import Bounds, Refusal, refusals
from brainswap.core.prompts.template import Prompt
from brainswap.core.scoring.specs.choice import LabelSpec
from brainswap.core.workload import Workload
from brainswap.run_files import RunFiles

# A look at a case takes some 30 microseconds, and 0.2 more for each character: a minute and a half for as many as these
# bounds allow, whatever their length.
MOST_CASES = 1_000_000
MOST_BYTES = 400_000_000


def labels_of(workload: Workload) -> tuple[str, ...]:
    """The labels that the scorers know, each once."""
    every = (label for spec in workload.scorers if isinstance(spec, LabelSpec) for label in spec.labels)
    return tuple(dict.fromkeys(every))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """What the guards say of a prompt.

    Attributes:
        refused_because: nothing for a prompt that may be evaluated.
        remarks: what somebody who approves of it should know: which cases were not looked at, and which it quotes.
    """

    refused_because: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def guarded(
    files: RunFiles,
    frozen: FrozenRun,
    candidate: Prompt,
    *,
    bounds: Bounds | None = None,
    quotable: frozenset[Split] = frozenset(),
) -> Guarded:
    """Hold a prompt against the original, and against the run's cases, which are read line by line.

    Of more cases than `MOST_CASES` the first ones are looked at, and of long ones as many as `MOST_BYTES` hold.

    Args:
        files: of the run.
        frozen: the run.
        candidate: the prompt.
        bounds: of its growth.
        quotable: splits whose cases it may quote, because no verdict rests on them; instructions out of such a case
            are refused all the same.
    """

    def held_against(cases: Iterable[Case]) -> tuple[Refusal, ...]:
        labels = labels_of(frozen.workload)
        return refusals(candidate, prompt_of(frozen.prompt), cases=cases, labels=labels, bounds=bounds)

    looked = Looked(files)
    found = held_against(case for case in looked if case.split not in quotable)
    remarks = list(looked.remarks(frozen))
    if quotable:
        of_quotable = held_against(case for case in Looked(files) if case.split in quotable)
        found += tuple(one for one in of_quotable if one.guard != "leak" and one not in found)
        quoted = sum(one.guard == "leak" for one in of_quotable)
        if quoted:
            remarks.append(f"texts of cases for training that it quotes: {quoted:,}")
    return Guarded(refused_because=tuple(f"{one.guard}: {one.reason}" for one in found), remarks=tuple(remarks))


class Looked:
    """The run's cases, as far as the bounds allow; ``count`` says how many there were."""

    def __init__(self, files: RunFiles) -> None:
        self._files = files
        self.count = 0

    def __iter__(self) -> Iterator[Case]:
        room = MOST_BYTES
        for line in self._files.case_lines():
            room -= len(line)
            if room < 0 or self.count == MOST_CASES:
                return
            self.count += 1
            yield Case.model_validate_json(line)

    def remarks(self, frozen: FrozenRun) -> Iterator[str]:
        """That there were more, once all were gone through."""
        every = sum(frozen.splits.values())
        if self.count < every:
            yield f"the guards looked at the first {self.count:,} of {every:,} cases"
