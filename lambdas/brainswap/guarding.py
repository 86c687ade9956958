"""Guards at work in a run: whether a prompt that somebody proposes may be evaluated."""

from collections.abc import Iterator
from dataclasses import dataclass

from brainswap.contenders import prompt_of
from brainswap.contracts import FrozenRun
from brainswap.core.cases import Case
from brainswap.core.prompts.guards import Bounds, refusals
from brainswap.core.prompts.template import Prompt
from brainswap.core.scoring.specs.choice import LabelSpec
from brainswap.core.workload import Workload
from brainswap.run_files import RunFiles

# The guards take some 30 microseconds for a message of a hundred characters, and a millisecond for pages of text.
MOST_CASES = 200_000
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
        remark: that not all cases were looked at; None where they were.
    """

    refused_because: tuple[str, ...]
    remark: str | None = None


def guarded(files: RunFiles, frozen: FrozenRun, candidate: Prompt, *, bounds: Bounds | None = None) -> Guarded:
    """Hold a prompt against the original, and against the run's cases, which are read once, line by line.

    Of more cases than `MOST_CASES` the first ones are looked at, and of long ones as many as `MOST_BYTES` hold.
    """
    looked = _Looked(files.case_lines())
    found = refusals(
        candidate, prompt_of(frozen.prompt), cases=looked, labels=labels_of(frozen.workload), bounds=bounds
    )
    every = sum(frozen.splits.values())
    remark = None
    if looked.count < every:
        remark = f"the guards looked at the first {looked.count:,} of {every:,} cases"
    return Guarded(refused_because=tuple(f"{one.guard}: {one.reason}" for one in found), remark=remark)


class _Looked:
    """Cases out of lines, as far as the bounds allow; ``count`` says how many there were."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self.count = 0

    def __iter__(self) -> Iterator[Case]:
        room = MOST_BYTES
        for line in self._lines:
            room -= len(line)
            if room < 0 or self.count == MOST_CASES:
                return
            self.count += 1
            yield Case.model_validate_json(line)
