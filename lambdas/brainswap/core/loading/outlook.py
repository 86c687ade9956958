"""The forecast of a workload whose cases were read."""

from collections.abc import Mapping
from dataclasses import replace

from brainswap.core.calling.forecast import calling_forecast
from brainswap.core.calling.forecasts import CallingForecast
from brainswap.core.cases import Split
from brainswap.core.decision.expected_calls import expected_calls
from brainswap.core.decision.prospects import prospects
from brainswap.core.loading.pilot import Pilot
from brainswap.core.loading.sizes import Lengths
from brainswap.core.loading.validation import CaseSummary
from brainswap.core.money.forecast import forecast
from brainswap.core.money.forecasts import Forecast
from brainswap.core.money.lengths import TextLengths
from brainswap.core.money.resolution import PriceFinding
from brainswap.core.money.step_lengths import StepLengths
from brainswap.core.workload import Workload


def outlook(
    workload: Workload,
    summary: CaseSummary,
    prices: Mapping[str, PriceFinding],
    *,
    quotas: Mapping[str, int] | None = None,
    burndowns: Mapping[str, int] | None = None,
    pilot: Pilot | None = None,
) -> Forecast:
    """What a run of the workload takes, and what it can show.

    Args:
        workload: as declared.
        summary: of its cases.
        prices: by slot, of those who answer and of those who judge.
        quotas: tokens per minute by model id, where known.
        burndowns: quota tokens that one output token takes, by model id.
        pilot: what recorded answers tell.
    """
    test_cases = summary.splits[Split.TEST]
    expected = forecast(
        workload,
        test_cases=test_cases,
        prompt_characters=_lengths(summary.prompt_characters, summary.count),
        answer_characters=_recorded(summary),
        prices={slot: finding.price for slot, finding in prices.items()},
        unknown_because={slot: finding.reason for slot, finding in prices.items()},
        quotas=quotas or {},
        burndowns=burndowns or {},
        train_cases=summary.splits[Split.TRAIN],
        validation_cases=summary.splits[Split.VALIDATION],
        steps=_steps(summary),
    )
    known = pilot or Pilot()
    found = prospects(
        workload,
        test_cases=test_cases,
        differences=known.differences,
        scores=known.scores,
        cost_per_case_usd=expected.cost_usd / test_cases if expected.calls and expected.cost_usd is not None else None,
    )
    stopping = expected_calls(
        workload,
        calls=expected.calls,
        test_cases=test_cases,
        critical=min(summary.critical, test_cases),
        differences=known.differences,
        scores=known.scores,
    )
    return replace(expected, prospects=found, stopping=stopping)


def calling_outlook(
    workload: Workload, summary: CaseSummary, prices: Mapping[str, PriceFinding]
) -> tuple[CallingForecast, ...]:
    """What the scorers of the workload take that call something besides a chat model.

    Args:
        workload: as declared.
        summary: of its cases.
        prices: of models of embeddings, by scorer.
    """
    return calling_forecast(
        workload, test_cases=summary.splits[Split.TEST], answer_characters=_recorded(summary), prices=prices
    )


def _steps(summary: CaseSummary) -> list[StepLengths]:
    """The calls that a case takes, where its prompt is a chain."""
    recorded = {
        step: {name: _lengths(lengths, count) for name, (lengths, count) in by_name.items()}
        for step, by_name in summary.recorded_step_characters.items()
    }
    return [
        StepLengths(
            step=name,
            prompts=_lengths(characters, summary.count),
            recorded=recorded[name] if name in recorded else _recorded(summary),
            shows=summary.step_shows[name],
        )
        for name, characters in summary.step_characters.items()
    ]


def _recorded(summary: CaseSummary) -> dict[str, TextLengths]:
    """Lengths of recorded answers, by name of the recording."""
    return {
        name: _lengths(lengths, summary.count - summary.missing_recordings.get(name, 0))
        for name, lengths in summary.recorded_characters.items()
    }


def _lengths(found: Lengths, count: int) -> TextLengths:
    return TextLengths(mean=found.mean, longest=found.longest, count=count)
