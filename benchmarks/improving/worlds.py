"""A simulated world: a workload whose target has a family's taste, asked in this process and counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.answers import Answer, AnswerStatus, Origin, Usage
from brainswap.core.cases import Case
from brainswap.core.fingerprints import prompt_fingerprint
from brainswap.core.loading.case_files import iter_cases
from brainswap.core.loading.workloads import load_workload
from brainswap.core.optimising.aims import aims_of, quality_of
from brainswap.core.optimising.feedback import feedback
from brainswap.core.optimising.results import Outcome
from brainswap.core.prompts.rendering import rendered
from brainswap.core.prompts.template import Prompt
from brainswap.core.prompts.translation import translate
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.scorers import compiled
from brainswap.core.scoring.specs import LabelSpec, SetSpec
from brainswap.core.scoring.subject import subject_of
from brainswap.core.workload import Workload
from local.bedrock.casebook import Casebook, Found
from local.bedrock.draws import uniform
from local.bedrock.families import effect, help_of_examples
from local.bedrock.features import features
from local.bedrock.finder import LONG
from local.bedrock.question import CASE_KEY, REPEAT_KEY, Question
from local.bedrock.simulated import Simulated

MAX_TOKENS = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A prompt that moves from one family to another, and how many cases there are for what."""

    name: str
    folder: Path
    target: str
    train: int
    validation: int
    test: int


class PromptsCasebook(Casebook):
    """A casebook for a process that knows which case it renders which prompt for.

    Looking for the case in a long text takes most of a simulated call. Here only the first text of a prompt is looked
    through: which case it was rendered for is told, and how many others it quotes is the same for all its cases,
    because no search asks a prompt about the cases that it shows.

    Attributes:
        prompt: the fingerprint of the prompt that is asked next; empty for a text that is to be looked through.
    """

    def __init__(self, *, cases: Sequence[Case], inputs: frozenset[str]) -> None:
        super().__init__(cases=cases, inputs=inputs)
        self._cases = {case.id: case for case in cases}
        self._quoted: dict[str, int] = {}
        self.prompt = ""

    def find(self, text: str, name: str | None = None) -> Found | None:
        if name is None or not self.prompt:
            return super().find(text, name)
        if self.prompt not in self._quoted:
            found = super().find(text, name)
            self._quoted[self.prompt] = found.quoted if found is not None else 0
        return Found(case=self._cases[name], quoted=self._quoted[self.prompt])


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A workload in memory, with an index that finds the case behind a request."""

    workload: Workload
    prompt: Prompt
    cases: tuple[Case, ...]
    casebook: PromptsCasebook


@cache
def loaded(folder: Path) -> Loaded:
    directory = DirectoryFolder(folder)
    found = load_workload(directory)
    cases = tuple(iter_cases(directory, found))
    inputs = frozenset(found.prompt.placeholders)
    return Loaded(
        workload=found.workload, prompt=found.prompt, cases=cases, casebook=PromptsCasebook(cases=cases, inputs=inputs)
    )


class World:
    """One place with one seed, of the splits and of the model's draws.

    Args:
        place: where it is.
        seed: of everything.
        noise: None for a simulated model; else the share of answers that are right whatever the prompt says, drawn anew
            for each prompt, so that no prompt is better than another.
    """

    def __init__(self, place: Place, seed: int, *, noise: float | None = None) -> None:
        self.place, self.seed, self._noise = place, seed, noise
        self._loaded = loaded(place.folder)
        self._simulated = Simulated(casebook=self._loaded.casebook, seed=seed, personas={})
        self.workload, self.original = self._loaded.workload, self._loaded.prompt
        self.cases = {case.id: case for case in self._loaded.cases}
        order = sorted(self.cases)
        Random(f"{place.name}/{seed}").shuffle(order)  # noqa: S311 - splits of a benchmark
        ends = (place.train, place.train + place.validation, place.train + place.validation + place.test)
        self.train, self.validation = tuple(order[: ends[0]]), tuple(order[ends[0] : ends[1]])
        self.test = tuple(order[ends[1] : ends[2]])
        self.aims = aims_of(self.workload)
        self._scorers = {
            spec.name: compiled(spec)
            for spec in self.workload.scorers
            if spec.name in self.aims and not isinstance(spec, SetSpec)
        }
        self._known: dict[tuple[str, str], Outcome] = {}
        self.refused: dict[tuple[str, str], tuple[str, ...]] = {}
        self.calls = 0

    @property
    def translated(self) -> Prompt:
        """The prompt in the target's dialect, or as it is where the rules change nothing."""
        return translate(self.original, self.place.target, source_vendor="anthropic").prompt

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(label for spec in self.workload.scorers if isinstance(spec, LabelSpec) for label in spec.labels)

    def outcomes(self, prompt: Prompt, names: Sequence[str]) -> list[Outcome]:
        """Answers and scores; every one of them is a call."""
        self.calls += len(names)
        return self._answered(prompt, names)

    def quality(self, prompt: Prompt, names: Sequence[str]) -> float:
        """For the judge of the contest, whose looks nobody pays."""
        found = [one.quality or 0.0 for one in self._answered(prompt, names)]
        return sum(found) / len(found)

    def rewrite(self, request: Prompt, again: int = 0) -> str:
        """What the simulated rewriter replies; ``again`` gives another reply to the same request."""
        self.calls += 1
        self._loaded.casebook.prompt = ""
        text = "\n".join(filter(None, request.texts))
        question = Question(
            asked=self.place.target,
            model_id=_bare(self.place.target),
            text=text,
            metadata={REPEAT_KEY: str(again)},
            max_tokens=MAX_TOKENS,
            temperature=1.0,
            has_system=bool(request.system),
        )
        return self._simulated.answer(question).text

    def _answered(self, prompt: Prompt, names: Sequence[str]) -> list[Outcome]:
        name = prompt_fingerprint(prompt)
        for case_id in names:
            if (name, case_id) not in self._known:
                self._known[name, case_id] = self._outcome(prompt, name, self.cases[case_id])
        return [self._known[name, case_id] for case_id in names]

    def taste(self, prompt: Prompt) -> tuple[float, float]:
        """How much the simulated model's family likes a prompt: for its ability and for the form of answers."""
        case = self.cases[self.test[0]]
        question = self._question(rendered(prompt, case), {CASE_KEY: case.id})
        self._loaded.casebook.prompt = prompt_fingerprint(prompt)
        found = self._loaded.casebook.find(question.text, case.id)
        words = question.text
        for value in self._loaded.casebook.shown_values(case):
            words = words.replace(value.strip(), " ") if len(value.strip()) >= LONG else words
        family = self._simulated.persona(question).family
        liked = effect(family, features(question, words))
        return liked.skill + help_of_examples(family, found.quoted if found else 0), liked.form

    def _question(self, turned: Prompt, metadata: Mapping[str, str]) -> Question:
        return Question(
            asked=self.place.target,
            model_id=_bare(self.place.target),
            text="\n".join(filter(None, turned.texts)),
            metadata=metadata,
            max_tokens=MAX_TOKENS,
            temperature=0.0,
            has_system=bool(turned.system),
            shown_answers=sum(turn.role == "assistant" for turn in turned.messages),
        )

    def _outcome(self, prompt: Prompt, name: str, case: Case) -> Outcome:
        if self._noise is not None:
            right = uniform(self.seed, name, case.id) < self._noise
            return Outcome(
                case_id=case.id,
                quality=float(right),
                feedback="" if right else f"It is wrong. Expected was {case.reference}.",
                answer="{}",
                input_tokens=len("".join(prompt.texts)) // 4,
                output_tokens=10,
            )
        self._loaded.casebook.prompt = name
        reply = self._simulated.answer(self._question(rendered(prompt, case), {CASE_KEY: case.id}))
        answer = Answer(
            case_id=case.id,
            text=reply.text,
            status=AnswerStatus.ANSWERED,
            origin=Origin.SIMULATED,
            usage=Usage(input_tokens=reply.input_tokens, output_tokens=reply.output_tokens),
            latency_ms=reply.latency_ms,
        )
        subject = subject_of(case, answer, None)
        scores: dict[str, Score] = {scorer: look(subject) for scorer, look in self._scorers.items()}
        return Outcome(
            case_id=case.id,
            quality=quality_of(scores, tuple(self._scorers)),
            feedback=feedback(case, answer, scores, tuple(self._scorers)),
            answer=reply.text,
            input_tokens=reply.input_tokens,
            output_tokens=reply.output_tokens,
            latency_ms=reply.latency_ms,
        )


def _bare(model: str) -> str:
    return model.partition(".")[2] if model.startswith(("us.", "eu.", "global.")) else model
