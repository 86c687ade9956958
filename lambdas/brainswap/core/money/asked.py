"""Who is asked in a run: how often, and with how many tokens in the mean."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from brainswap.core.declared_models import Parameters
from brainswap.core.judging.exhibit import AnyJudgedSpec, Exhibit, judged
from brainswap.core.judging.judgement import asks
from brainswap.core.judging.templates import judge_prompt
from brainswap.core.money.lengths import (
    CHARACTERS,
    FEWEST_CHARACTERS,
    MOST_CHARACTERS,
    Characters,
    TextLengths,
    answer_length,
    input_tokens,
    output_tokens,
)
from brainswap.core.money.ranges import CountRange
from brainswap.core.money.step_lengths import CallTokens, StepLengths, calls_of_a_case
from brainswap.core.scoring.specs import ClosedQaSpec, PairwiseSpec, RubricSpec
from brainswap.core.workload import Workload

REASON = Characters(low=60, expected=240, high=720, because="by the form of a judgement")
AROUND_A_REASON = 30  # characters of JSON: names, quotes and the judgement itself

IMPROVER = "improver"
IMPROVING = "improving"

_ROOM = 100_000  # tokens of an answer that is as long as it has to be
INSTRUCTIONS = 6_000  # characters of what a model is told that rewrites, with the dialect and the parts of the prompt

_EMPTY = Exhibit(input="", answer="", reference="", other="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A live model with the tokens of its mean call.

    Attributes:
        slot: of `Workload.slots` or `Workload.judges`.
        purpose: under which its money is counted: ``source``, ``targets``, ``judge`` or ``improving``.
        answers: the length of what it says.
        most_put_in: tokens of a call, were every prompt as long as the longest.
    """

    slot: str
    model: str
    purpose: str
    parameters: Parameters
    calls: int
    answers: Characters
    put_in: CountRange
    most_put_in: int
    got_out: CountRange


def who_answers(workload: Workload, *, cases: int, steps: Sequence[StepLengths]) -> list[Asked]:
    """The live models among source and targets; each answers every case, ``repeats`` times, with each of its prompts.

    Args:
        workload: as declared.
        cases: that every contender answers.
        steps: the calls that a case takes, each of which is asked by itself.
    """
    asked = []
    for slot, declared in workload.slots.items():
        if declared.answers != "live":
            continue
        calls = cases * workload.repeats * workload.most_prompts_of(declared)
        purpose = "source" if slot == "source" else "targets"
        asked += [
            asked_with(call, slot=slot, model=declared.model, purpose=purpose, calls=calls)
            for call in calls_of_a_case(workload, declared, steps)
        ]
    return asked


def asked_with(call: CallTokens, *, slot: str, model: str, purpose: str, calls: int) -> Asked:
    """A model that is asked so many times in one way."""
    return Asked(
        slot=slot,
        model=model,
        purpose=purpose,
        parameters=call.parameters,
        calls=calls,
        answers=call.answers,
        put_in=call.put_in,
        most_put_in=call.most_put_in,
        got_out=call.got_out,
    )


def who_judges(
    workload: Workload, *, cases: int, prompts: TextLengths, recorded: Mapping[str, TextLengths]
) -> list[Asked]:
    """The judges, each asked about every answer; who compares is not asked about the source's own.

    A judge reads its instructions, a request as long as the prompt, and the answer; a reference, or the answer that it
    is compared with, is taken to be as long as the mean answer.
    """
    lengths = [answer_length(declared.recording, recorded) for declared in workload.slots.values()]
    asked = []
    for spec in judged(workload.scorers):
        prompts_of_targets = sum(workload.most_prompts_of(target) for target in workload.targets)
        contenders = prompts_of_targets + (not isinstance(spec, PairwiseSpec))
        calls_of_a_judge = len(asks(spec)) // len(spec.panel)
        said, shown = _judgement(spec), _shown(spec, prompts, lengths)
        for place, judge in enumerate(spec.panel, start=1):
            asked.append(
                Asked(
                    slot=f"{spec.name}/{place}",
                    model=judge.model,
                    purpose="judge",
                    parameters=judge.asked_with,
                    calls=cases * workload.repeats * contenders * calls_of_a_judge,
                    answers=said,
                    put_in=shown,
                    most_put_in=shown.high + math.ceil((prompts.longest - prompts.mean) / FEWEST_CHARACTERS),
                    got_out=output_tokens(said, judge.asked_with),
                )
            )
    return asked


def who_rewrites(workload: Workload, *, prompts: TextLengths) -> list[Asked]:
    """Who is asked to rewrite the prompt by our own instructions: once for each live target, if all goes well.

    The new prompt is taken to be as long as the rendered old one, and to come with a few reasons.
    """
    if "own" not in workload.rewriters:
        return []
    improver, asked = workload.improver, []
    for slot, target in workload.slots.items():
        if slot == "source" or target.answers != "live":
            continue
        length = Characters(
            low=prompts.mean / 2,
            expected=prompts.mean + REASON.expected,
            high=3 * prompts.longest + REASON.high,
            because="of a rewritten prompt as long as the rendered one",
        )
        shown = TextLengths(
            mean=prompts.mean + INSTRUCTIONS, longest=prompts.longest + INSTRUCTIONS, count=prompts.count
        )
        parameters = (improver.parameters if improver else None) or Parameters(max_tokens=_ROOM)
        asked.append(
            Asked(
                slot=slot if improver is None else IMPROVER,
                model=target.model if improver is None else improver.model,
                purpose=IMPROVING,
                parameters=parameters,
                calls=1,
                answers=length,
                put_in=input_tokens(shown),
                most_put_in=math.ceil(shown.longest / FEWEST_CHARACTERS),
                got_out=output_tokens(length, parameters),
            )
        )
    return asked


def _shown(spec: AnyJudgedSpec, prompts: TextLengths, lengths: Sequence[Characters]) -> CountRange:
    """Tokens that a judge reads."""
    prompt = judge_prompt(spec, _EMPTY, salt="")
    form = json.dumps(prompt.output.json_schema) if prompt.output else ""
    always = len(prompt.system or "") + len(form) + sum(len(turn.content) for turn in prompt.messages) + prompts.mean
    texts = 1 if isinstance(spec, RubricSpec | ClosedQaSpec) and not spec.show_reference else 2
    return CountRange(
        low=math.floor((always + texts * min(each.low for each in lengths)) / MOST_CHARACTERS),
        expected=math.ceil((always + texts * sum(each.expected for each in lengths) / len(lengths)) / CHARACTERS),
        high=math.ceil((always + texts * max(each.high for each in lengths)) / FEWEST_CHARACTERS),
    )


def _judgement(spec: AnyJudgedSpec) -> Characters:
    """What a judge says: a reason for each criterion, and the judgement."""
    criteria = len(spec.criteria) if isinstance(spec, RubricSpec) else 1
    return Characters(
        low=criteria * (REASON.low + AROUND_A_REASON),
        expected=criteria * (REASON.expected + AROUND_A_REASON),
        high=criteria * (REASON.high + AROUND_A_REASON),
        because=REASON.because,
    )
