"""What cases hold of the answers before the last one, where an application asks several times in a row."""

from collections.abc import Collection, Iterator, Mapping

from brainswap.core.cases import Case, Recorded
from brainswap.core.loading.faults import Fault, fault
from brainswap.core.loading.sizes import Lengths, Sizes
from brainswap.core.wording import printable, suggestion


class RecordedSteps:
    """Lengths of the recorded answers of steps, by name of the recording; its memory grows with these names alone.

    Args:
        steps: the names of the steps, in order; none where a case takes one call.
    """

    def __init__(self, steps: Collection[str]) -> None:
        self._steps = tuple(steps)
        self._sizes: dict[str, dict[str, Sizes]] = {}

    def take(self, recording: str, recorded: Recorded) -> None:
        """Count what a recording of a case holds; steps of other names are passed over."""
        if not recorded.steps:
            return
        sizes = self._sizes.setdefault(recording, {})
        for name in self._steps[:-1]:
            if name in recorded.steps:
                sizes.setdefault(name, Sizes()).add(len(recorded.steps[name].output))

    def faults(self, place: str, case: Case) -> Iterator[Fault]:
        """Recorded answers of steps that there are none of.

        Args:
            place: of the case.
            case: one that has the form of a case.
        """
        earlier = self._steps[:-1]
        for recording, recorded in case.recorded.items():
            for name in recorded.steps:
                where = f"{place} recorded.{printable(recording)}.steps.{printable(name)}"
                if name == self._steps[-1]:
                    wrong = f"`{printable(name)}` is the last step, whose answer is the recording itself"
                    yield fault(where, "step", wrong, "Write it as `output` beside `steps`.")
                elif name not in earlier:
                    wrong = f"no step before the last is called `{printable(name)}`"
                    yield fault(where, "step", wrong, suggestion(name, set(earlier), "Steps before the last"))

    @property
    def lengths(self) -> Mapping[str, Mapping[str, tuple[Lengths, int]]]:
        """Of the answers, and how many there are, by step and name of the recording."""
        return {
            step: {
                name: (sizes[step].lengths, sizes[step].count) for name, sizes in self._sizes.items() if step in sizes
            }
            for step in self._steps[:-1]
        }
