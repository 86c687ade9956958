"""What scorers that call will take: at most so many calls, and for embeddings their tokens."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from brainswap.core.calling.embedding_models import embedding_model
from brainswap.core.calling.forecasts import CallingForecast
from brainswap.core.money.forecasts import Forecast
from brainswap.core.money.lengths import (
    CHARACTERS,
    FEWEST_CHARACTERS,
    MOST_CHARACTERS,
    Characters,
    TextLengths,
    answer_length,
)
from brainswap.core.money.prices import MILLION, Price
from brainswap.core.money.ranges import MoneyRange, total
from brainswap.core.money.resolution import PriceFinding
from brainswap.core.scoring.specs import FunctionSpec, MeaningSpec
from brainswap.core.workload import Workload

PURPOSE = "scorers"


def calling_forecast(
    workload: Workload,
    *,
    test_cases: int,
    answer_characters: Mapping[str, TextLengths],
    prices: Mapping[str, PriceFinding],
) -> tuple[CallingForecast, ...]:
    """Forecast every scorer that calls.

    Args:
        workload: as declared.
        test_cases: cases that every contender answers.
        answer_characters: by name of a recording, where there are any.
        prices: by scorer.
    """
    lengths = [answer_length(model.recording, answer_characters) for model in workload.slots.values()]
    each = test_cases * workload.repeats
    found = []
    for spec in workload.called:
        calls = len(lengths) * each
        if isinstance(spec, MeaningSpec):
            calls += test_cases
            price = prices[spec.name]
            cost = None if price.price is None else _cost(spec, price.price, lengths, each, test_cases)
            made = CallingForecast(
                scorer=spec.name, type=spec.type, calls=calls, cost=cost, unpriced_because=price.reason
            )
        else:
            if isinstance(spec, FunctionSpec):
                calls = len(lengths) * workload.repeats * math.ceil(test_cases / spec.batch)
            made = CallingForecast(scorer=spec.name, type=spec.type, calls=calls)
        found.append(made)
    return tuple(found)


def with_calling(expected: Forecast, calling: Sequence[CallingForecast], workload: Workload) -> Forecast:
    """A forecast whose money and assumptions hold those of scorers that call as well."""
    costs = [each.cost for each in calling if each.cost is not None]
    models = {spec.name: spec.model for spec in workload.called if isinstance(spec, MeaningSpec)}
    unknown = {models[each.scorer]: each.unpriced_because for each in calling if each.unpriced_because}
    assumed = ["a reference is as long as an answer"] if models else []
    return replace(
        expected,
        cost={**expected.cost, PURPOSE: total(costs)} if costs else expected.cost,
        unpriced={**expected.unpriced, **unknown},
        assumptions=(*expected.assumptions, *assumed),
    )


def _cost(spec: MeaningSpec, price: Price, answers: Sequence[Characters], each: int, references: int) -> MoneyRange:
    """Of every answer and every reference, as far as the model is sent them.

    Args:
        spec: of the scorer.
        price: of its model.
        answers: their mean length, by contender.
        each: answers of a contender.
        references: that are sent once, however many answers they are compared with.
    """
    known = embedding_model(spec.model)
    most = math.inf if known is None else float(known.characters)

    def usd(lengths: Sequence[float], characters_per_token: float) -> Decimal:
        sent = [min(length, most) for length in lengths]
        characters = each * sum(sent) + references * sum(sent) / len(sent)
        return math.ceil(characters / characters_per_token) * price.input / MILLION

    return MoneyRange(
        low=usd([length.low for length in answers], MOST_CHARACTERS),
        expected=usd([length.expected for length in answers], CHARACTERS),
        high=usd([length.high for length in answers], FEWEST_CHARACTERS),
    )
