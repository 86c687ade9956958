"""How long the calls are that a case takes: one, or the steps of a chain, each of which may show answers before it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from brainswap.core.declared_models import Parameters
from brainswap.core.money.lengths import (
    Characters,
    TextLengths,
    answer_length,
    input_tokens,
    longest_tokens,
    output_tokens,
)
from brainswap.core.money.ranges import CountRange
from brainswap.core.workload import DeclaredModel, Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLengths:
    """Texts of one call that a case takes, in characters.

    Attributes:
        step: its name; empty for a prompt that is one call.
        prompts: lengths of the rendered ones, without the answers of earlier steps that they show.
        recorded: lengths of answers, by name of the recording.
        shows: how often it shows the answer of an earlier step, or a part of it, by step.
    """

    step: str = ""
    prompts: TextLengths
    recorded: Mapping[str, TextLengths]
    shows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTokens:
    """One call of a model, with the tokens of the mean one.

    Attributes:
        answers: the length of what it says.
        most_put_in: tokens, were every text as long as the longest.
    """

    parameters: Parameters
    answers: Characters
    put_in: CountRange
    most_put_in: int
    got_out: CountRange


def calls_of_a_case(workload: Workload, declared: DeclaredModel, steps: Sequence[StepLengths]) -> Iterator[CallTokens]:
    """What a model is asked about a case, step by step.

    A part of an answer is counted as long as the whole, which it cannot exceed.

    Args:
        workload: as declared.
        declared: the model.
        steps: at least one.
    """
    said: dict[str, CountRange] = {}
    for each in steps:
        parameters = workload.parameters_of(declared, each.step)
        answers = answer_length(declared.recording, each.recorded)
        got_out = output_tokens(answers, parameters)
        shown = [(count, said[step]) for step, count in each.shows.items() if step in said]
        put_in = input_tokens(each.prompts)
        yield CallTokens(
            parameters=parameters,
            answers=answers,
            put_in=CountRange(
                low=put_in.low + sum(count * tokens.low for count, tokens in shown),
                expected=put_in.expected + sum(count * tokens.expected for count, tokens in shown),
                high=put_in.high + sum(count * tokens.high for count, tokens in shown),
            ),
            most_put_in=longest_tokens(each.prompts)
            + sum(count * workload.parameters_of(declared, step).max_tokens for step, count in each.shows.items()),
            got_out=got_out,
        )
        said[each.step] = got_out
