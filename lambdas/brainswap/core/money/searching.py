"""Who is asked while better prompts are looked for: how often, and with how many tokens in the mean."""

import math
from collections.abc import Mapping

from brainswap.core.declared_models import Parameters
from brainswap.core.money.asked import IMPROVER, IMPROVING, Asked
from brainswap.core.money.lengths import (
    FEWEST_CHARACTERS,
    TextLengths,
    answer_length,
    input_tokens,
    output_tokens,
)
from brainswap.core.money.ranges import CountRange
from brainswap.core.optimising.planning import default_budget
from brainswap.core.workload import Workload

CALLS_PER_REFLECTION = 20
CASES_REFLECTED_ON = 6  # the prompt itself among what is read: as many texts of a rendered prompt's length, at the most
REFLECTION_TOKENS = 4_096


def who_improves(
    workload: Workload, *, train: int, validation: int, prompts: TextLengths, recorded: Mapping[str, TextLengths]
) -> list[Asked]:
    """Who is asked while prompts are optimised, were every budget used up: the targets, and who reflects.

    A search ends earlier where nothing gains; one call in `CALLS_PER_REFLECTION` is a reflection, which reads the
    prompt and some cases with their answers, and writes a prompt. The source answers cases whose references it gives.
    """
    if "optimise" not in workload.improve.methods or not train or not validation:
        return []
    budget = workload.improve.budget_calls or default_budget(validation)
    reflections = max(1, budget // CALLS_PER_REFLECTION)
    asked = []
    live = [(slot, one) for slot, one in workload.slots.items() if slot != "source" and one.answers == "live"]
    for slot, declared in live:
        parameters, answers = workload.parameters_of(declared), answer_length(declared.recording, recorded)
        put_in = input_tokens(prompts)
        asked.append(
            Asked(
                slot=slot,
                model=declared.model,
                purpose=IMPROVING,
                parameters=parameters,
                calls=budget - reflections,
                answers=answers,
                put_in=put_in,
                most_put_in=math.ceil(prompts.longest / FEWEST_CHARACTERS),
                got_out=output_tokens(answers, parameters),
            )
        )
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
                answers=answers,
                put_in=read,
                most_put_in=CASES_REFLECTED_ON * math.ceil(prompts.longest / FEWEST_CHARACTERS),
                got_out=CountRange(
                    low=min(put_in.low, REFLECTION_TOKENS),
                    expected=min(put_in.expected, REFLECTION_TOKENS),
                    high=REFLECTION_TOKENS,
                ),
            )
        )
    if live and workload.source.answers == "live" and workload.improve.reference == "source_answers":
        parameters, answers = (
            workload.parameters_of(workload.source),
            answer_length(workload.source.recording, recorded),
        )
        asked.append(
            Asked(
                slot="source",
                model=workload.source.model,
                purpose=IMPROVING,
                parameters=parameters,
                calls=train + validation,
                answers=answers,
                put_in=input_tokens(prompts),
                most_put_in=math.ceil(prompts.longest / FEWEST_CHARACTERS),
                got_out=output_tokens(answers, parameters),
            )
        )
    return asked
