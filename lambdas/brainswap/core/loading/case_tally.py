"""Count the cases of a workload one by one, and check each against the prompt, the scorers and the contenders."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from brainswap.core.cases import Case, Split
from brainswap.core.errors import Problem
from brainswap.core.loading.attachment_tally import AttachmentTally, sent_characters
from brainswap.core.loading.conversation_checks import conversation_faults
from brainswap.core.loading.faults import Fault, fault
from brainswap.core.loading.recorded_steps import RecordedSteps
from brainswap.core.loading.sizes import Sizes
from brainswap.core.loading.workloads import LoadedWorkload
from brainswap.core.near_duplicates.placement import Placement, Placer, near_duplicate_warnings
from brainswap.core.prompts.rendering import CONTEXT, taken_by, values_of
from brainswap.core.prompts.template import PLACEHOLDER, STEPS, Prompt, as_text
from brainswap.core.scoring.scorers import applies, reference_problem
from brainswap.core.splitting import assign_split
from brainswap.core.wording import printable, suggestion
from brainswap.core.workload import DeclaredModel

_MAX_NAMES = 1000


class CaseTally:
    """What has been seen of the cases so far; its memory grows with names, and with no more than a thousand of each.

    Where cases are shared out among splits, what `Placer` keeps of each case comes on top.
    """

    def __init__(self, loaded: LoadedWorkload, attached: AttachmentTally) -> None:
        self.count = 0
        self.attached = attached
        self.critical = 0
        self.placement: Placement | None = None
        self.segments: Counter[str] = Counter()
        self.prompt_characters = Sizes()
        self.recorded_characters: dict[str, Sizes] = {}
        self._loaded = loaded
        self._file = printable(loaded.workload.cases)
        self._shares = loaded.workload.split_shares
        self._declared = dict.fromkeys(Split, 0)
        self._placer = Placer(self._shares, loaded.prompt.placeholders) if self._shares.several else None
        self._placeholders = loaded.prompt.placeholders
        self._steps = tuple((step, *_characters_and_uses(step)) for step in loaded.prompt.steps)
        self.step_characters = {step.name: Sizes() for step in loaded.prompt.steps if step.name}
        self.recorded_steps = RecordedSteps(self.step_characters)
        self._plain = all(turn.role != "case" for step in loaded.prompt.steps for turn in step.messages)
        self._unused_input: str | None = None
        self._uncounted_segments = 0
        self._optional = tuple(spec for spec in loaded.workload.scorers if spec.optional)
        self.inapplicable = {spec.name: 0 for spec in self._optional}

    def take(self, number: int, case: Case) -> list[Fault]:
        """Count a case, and say what is wrong with it.

        Args:
            number: of its line or row.
            case: the next one.
        """
        self.count += 1
        self.critical += case.critical
        if self._placer is None:
            self._declared[assign_split(case, self._shares)] += 1
        else:
            self._placer.take(case)
        if case.segment is not None:
            self._count_segment(case.segment)
        for name, recorded in case.recorded.items():
            sizes = self.recorded_characters.get(name)
            if sizes is None and len(self.recorded_characters) < _MAX_NAMES:
                sizes = self.recorded_characters[name] = Sizes()
            if sizes is not None:
                sizes.add(len(recorded.output))
                self.recorded_steps.take(name, recorded)
        if not self._placeholders:
            self._unused_input = self._unused_input or next(iter(case.input), None)
        for spec in self._optional:
            self.inapplicable[spec.name] += not applies(spec, case.reference)
        faults = [*self._input_faults(number, case)]
        if not (self._plain and case.is_plain):
            place = f"{self._file}:{number}"
            faults += conversation_faults(place, case, self._loaded.prompt)
            faults += self.attached.take(place, case)
        faults += self._reference_faults(number, case)
        if self.step_characters:
            faults += self.recorded_steps.faults(f"{self._file}:{number}", case)
        return faults

    def place(self, cases: Iterable[Case]) -> None:
        """Find the split of every case, once all have been taken.

        Args:
            cases: the same again; looked at only if some name a split and the workload shares none out.
        """
        if self._placer is None and self.splits[Split.TEST] < self.count:
            self._placer = Placer(self._shares, self._placeholders)
            for case in cases:
                self._placer.take(case)
        if self._placer is not None:
            self.placement = self._placer.place()

    @property
    def splits(self) -> dict[Split, int]:
        """Cases by split, once they are placed."""
        return self._declared if self.placement is None else self.placement.splits

    @property
    def step_shows(self) -> dict[str, dict[str, int]]:
        """How often each step of a chain shows the answer of an earlier one, or a part of it, by step."""
        shows: dict[str, dict[str, int]] = {name: {} for name in self.step_characters}
        for step, _, uses in self._steps:
            for name in step.used_answers:
                shown = name.removeprefix(STEPS).partition(".")[0]
                shows[step.name][shown] = shows[step.name].get(shown, 0) + uses[name]
        return shows

    @property
    def missing_recordings(self) -> dict[str, int]:
        """Cases without an answer, by name of each recording that a contender answers from."""
        return {
            model.recording: self.count - self._recorded(model.recording) for _, model in _recorded_models(self._loaded)
        }

    def problems(self, *, unreadable: int) -> Iterator[Problem]:
        """What is wrong with the workload, as its cases show it.

        Args:
            unreadable: cases that could not be counted, any of which may have been the one that a split lacks.
        """
        if self._unused_input is not None:
            yield Problem(
                place=self._loaded.place("prompt"),
                wrong="the prompt has no placeholder, so that it uses none of the inputs",
                remedy=f"Write {{{{{printable(self._unused_input)}}}}} where the input belongs.",
            )
        if self.count:
            yield from self._unknown_recordings()
        if self.count and not unreadable:
            yield from self._empty_splits()
            yield from self._nothing_to_train_on()
            yield from self._idle_scorers()

    def warnings(self) -> Iterator[str]:
        """What is allowed, but probably not meant."""
        for path, model in _recorded_models(self._loaded):
            missing = self.count - self._recorded(model.recording)
            if missing:
                who = self._loaded.place(*path)
                yield f"{who}: {missing:,} of {self.count:,} cases have no answer of `{printable(model.recording)}`"
        used = {shown for shows in self.step_shows.values() for shown in shows}
        used |= {spec.step for spec in self._loaded.workload.scorers if spec.step is not None}
        for place, name in enumerate(list(self.step_characters)[:-1]):
            if name not in used:
                where = self._loaded.place("prompt", "steps", place)
                yield f"{where}: the step `{name}` is asked and paid, and no later step and no scorer uses its answer"
        if self.placement is not None:
            for warning in near_duplicate_warnings(self.placement.near_duplicates, self._shares):
                yield f"{self._file}: {warning}"
        if self._uncounted_segments:
            yield (
                f"{self._file}: there are more than {_MAX_NAMES:,} segments; {self._uncounted_segments:,} cases of the "
                "others are counted without theirs"
            )

    def _recorded(self, name: str) -> int:
        sizes = self.recorded_characters.get(name)
        return sizes.count if sizes else 0

    def _count_segment(self, segment: str) -> None:
        if segment in self.segments or len(self.segments) < _MAX_NAMES:
            self.segments[segment] += 1
        else:
            self._uncounted_segments += 1

    def _input_faults(self, number: int, case: Case) -> Iterator[Fault]:
        values = values_of(case)
        for name in sorted(self._placeholders - values.keys()):
            wrong = f"the input has no `{printable(name)}`, which the prompt asks for"
            remedy = suggestion(name, set(case.input), "The input has")
            if name == CONTEXT:
                remedy = "Give the case its passages as `context`, or a text of this name in its input."
            yield fault(f"{self._file}:{number} input", "placeholder without value", wrong, remedy)
        for name in sorted(self._placeholders):
            value = values.get(name, "")
            if not isinstance(value, str) and not _is_finite(value):
                wrong = f"the input `{printable(name)}` holds a number that is not finite"
                yield fault(f"{self._file}:{number} input", "not JSON", wrong, "Write null or a finite number.")
        if self.step_characters:
            yield from self._reserved_faults(number, case)
        self._add_characters(case, values)

    def _add_characters(self, case: Case, values: Mapping[str, Any]) -> None:
        """Count what is sent; the answers of earlier steps, which nobody knows yet, are no part of it."""
        total = 0
        for step, fixed, uses in self._steps:
            characters = fixed + sum(count * len(as_text(values.get(name, ""))) for name, count in uses.items())
            if not case.is_plain:
                taken = taken_by(step, case)
                characters = sent_characters(characters, taken, self.attached.tokens_of(taken))
            total += characters
            if step.name:
                self.step_characters[step.name].add(characters)
        self.prompt_characters.add(total)

    def _reserved_faults(self, number: int, case: Case) -> Iterator[Fault]:
        """Inputs that would be taken for answers of steps."""
        for name in case.input:
            if name.startswith(STEPS):
                wrong = f"the input `{printable(name)}` has a name that stands for the answer of a step"
                yield fault(f"{self._file}:{number} input", "reserved name", wrong, "Give it another name.")

    def _reference_faults(self, number: int, case: Case) -> Iterator[Fault]:
        for spec in self._loaded.workload.scorers:
            problem = reference_problem(spec, case.reference)
            if problem is not None:
                wrong = f"the scorer `{spec.name}` cannot use the reference: {printable(problem, limit=200)}"
                remedy = f"Give the case what `{spec.name}` compares with."
                yield fault(f"{self._file}:{number} reference", "unusable reference", wrong, remedy)

    def _unknown_recordings(self) -> Iterator[Problem]:
        for path, model in _recorded_models(self._loaded):
            if not self._recorded(model.recording):
                yield Problem(
                    place=self._loaded.place(*path),
                    wrong=f"no case has an answer recorded as `{printable(model.recording)}`",
                    remedy=suggestion(model.recording, set(self.recorded_characters), "Recordings in the cases"),
                )

    def _idle_scorers(self) -> Iterator[Problem]:
        for index, spec in enumerate(self._loaded.workload.scorers):
            if self.inapplicable.get(spec.name) == self.count:
                where = f" at `{printable(spec.reference)}`" if spec.reference else ""
                yield Problem(
                    place=self._loaded.place("scorers", index),
                    wrong=f"the scorer `{spec.name}` applies to no case: none has a reference{where}",
                    remedy="Correct its `reference`, give cases what it compares with, or remove it.",
                )

    def _nothing_to_train_on(self) -> Iterator[Problem]:
        if "prompt_optimization_job" in self._loaded.workload.rewriters and not self.splits[Split.TRAIN]:
            yield Problem(
                place=self._loaded.place("improve", "rewriters"),
                wrong="a job of Advanced Prompt Optimization takes cases for training, and no case is in that split",
                remedy="Give the train split a share (`splits`), or name `split: train` in some cases.",
            )

    def _empty_splits(self) -> Iterator[Problem]:
        for split, count in self.splits.items():
            share = float(getattr(self._shares, split))
            if share > 0 and not count:
                moved = self.placement.moved if self.placement else 0
                also = ", since cases that ask nearly the same as others, or are of one cluster, are kept with them"
                yield Problem(
                    place=self._loaded.place("splits", str(split)),
                    wrong=f"no case is in the {split} split, whose share is {share:g}{also if moved else ''}",
                    remedy="Add cases, change the shares, or name a `split` in the cases.",
                )


def _characters_and_uses(prompt: Prompt) -> tuple[int, Counter[str]]:
    """How many characters of a prompt are always there, and how often it uses each placeholder."""
    fixed = sum(len(PLACEHOLDER.sub("", text)) for text in prompt.texts)
    return fixed, Counter(name for text in prompt.texts for name in PLACEHOLDER.findall(text))


def _recorded_models(loaded: LoadedWorkload) -> Iterator[tuple[tuple[str | int, ...], DeclaredModel]]:
    """Each contender that answers from recordings, with the key that names the recording."""
    workload = loaded.workload
    paths: list[tuple[tuple[str | int, ...], DeclaredModel]] = [(("source",), workload.source)]
    paths.extend((("targets", index), target) for index, target in enumerate(workload.targets))
    for path, model in paths:
        if model.answers == "recorded":
            yield (*path, "model" if model.recorded is None else "recorded"), model


def _is_finite(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True
