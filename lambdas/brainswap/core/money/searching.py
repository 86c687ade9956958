"""Who is asked while better prompts are looked for: how often, and with how many tokens in the mean."""

from collections.abc import Sequence

from brainswap.core.declared_models import Parameters
from brainswap.core.money.asked import IMPROVER, IMPROVING, Asked, asked_with
from brainswap.core.money.lengths import TextLengths, input_tokens, longest_tokens
from brainswap.core.money.ranges import CountRange
from brainswap.core.money.step_lengths import StepLengths, calls_of_a_case
from brainswap.core.optimising.planning import answers_in_budget
from brainswap.core.workload import Workload

CALLS_PER_REFLECTION = 20
CASES_REFLECTED_ON = 6  # the prompt itself among what is read: as many texts of a rendered prompt's length, at the most
REFLECTION_TOKENS = 4_096


def who_improves(
    workload: Workload, *, train: int, validation: int, prompts: TextLengths, steps: Sequence[StepLengths]
) -> list[Asked]:
    """Who is asked while prompts are optimised, were every budget used up: the targets, and who reflects.

    A search ends earlier where nothing gains; one call in `CALLS_PER_REFLECTION` is a reflection, which reads the
    prompt and some cases with their answers, and writes a prompt. The source answers cases whose references it gives.

    Args:
        workload: as declared.
        train: cases that prompts are improved on.
        validation: that improved prompts are chosen on.
        prompts: lengths of the rendered ones, of a chain those of all its steps together.
        steps: the calls that a case takes.
    """
    if "optimise" not in workload.improve.methods or not train or not validation:
        return []
    budget = answers_in_budget(workload, validation)
    reflections = max(1, budget // CALLS_PER_REFLECTION)
    asked = []
    live = [(slot, one) for slot, one in workload.slots.items() if slot != "source" and one.answers == "live"]
    for slot, declared in live:
        calls_of = list(calls_of_a_case(workload, declared, steps))
        asked += [
            asked_with(call, slot=slot, model=declared.model, purpose=IMPROVING, calls=budget - reflections)
            for call in calls_of
        ]
        put_in = input_tokens(prompts)
        reflecting = workload.improver or declared
        read = CountRange(
            low=put_in.low, expected=CASES_REFLECTED_ON * put_in.expected, high=CASES_REFLECTED_ON * put_in.high
        )
        asked.append(
            Asked(
                slot=slot if workload.improver is None else IMPROVER,
                model=reflecting.model,
                purpose=IMPROVING,
                parameters=reflecting.parameters or Parameters(max_tokens=REFLECTION_TOKENS),
                calls=reflections,
                answers=calls_of[-1].answers,
                put_in=read,
                most_put_in=CASES_REFLECTED_ON * longest_tokens(prompts),
                got_out=CountRange(
                    low=min(put_in.low, REFLECTION_TOKENS),
                    expected=min(put_in.expected, REFLECTION_TOKENS),
                    high=REFLECTION_TOKENS,
                ),
            )
        )
    if live and workload.source.answers == "live" and workload.improve.reference == "source_answers":
        asked += [
            asked_with(call, slot="source", model=workload.source.model, purpose=IMPROVING, calls=train + validation)
            for call in calls_of_a_case(workload, workload.source, steps)
        ]
    return asked
