"""The target asked beside the source, before any answer of its own is used."""

import json

import pytest

from brainswap.core.errors import InvalidRequestError
from brainswap.handlers import rollback
from brainswap.rollout.beginning import begin
from brainswap.rollout.moving import look, move
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN
from tests.handlers.rolling_out import (
    BAD,
    GOOD,
    REQUEST,
    place,
    rolled_out_run,
    told,
)


@pytest.fixture
def using() -> MemoryDependencies:
    return rolled_out_run()


def shadowed(using: MemoryDependencies, *, usd_per_1000: float | None = 2.0) -> None:
    """Declare a shadow, and say what the target costs."""
    run = json.loads(using.artifacts.files[f"runs/{RUN}/run.json"])
    run["workload"]["rollout"]["shadow"] = {"percent": 20, "minutes": 30, "budget_usd": "5"}
    using.artifacts.files[f"runs/{RUN}/run.json"] = json.dumps(run).encode()
    report = json.loads(using.artifacts.files[f"runs/{RUN}/report.json"])
    cost = {"per_1000_requests_usd": usd_per_1000, "monthly_usd": None, "price_source": "test", "price_date": "2026"}
    report["contenders"] = [{**one, "cost": None if usd_per_1000 is None else cost} for one in report["contenders"]]
    using.artifacts.files[f"runs/{RUN}/report.json"] = json.dumps(report).encode()


def test_a_shadow_comes_before_the_first_step_and_answers_nobody(using: MemoryDependencies) -> None:
    shadowed(using)
    using.outcome_reports.reported[f"{RUN}/0"] = {"source": GOOD, "target": GOOD}

    begun = begin(REQUEST, using)
    watched = move(place(begun.step), using)
    route = told(using)
    after = look(place(begun.step), using)
    move(place(after.step), using)

    assert (begun.next, begun.step, watched.bake_s) == ("step", -1, 30 * 60)
    assert (route["share"], route["step"], route["shadow"], route["shadow_most"]) == (0, 0, 2000, 2500)
    assert (after.next, after.step) == ("step", 0)
    assert (told(using)["share"], told(using)["shadow"]) == (1000, 0)


def test_a_target_that_fails_in_the_shadow_never_answers(using: MemoryDependencies) -> None:
    shadowed(using)
    using.outcome_reports.reported[f"{RUN}/0"] = {"source": GOOD, "target": BAD}
    begin(REQUEST, using)
    move(place(-1), using)

    made = look(place(-1), using)
    rollback.run(REQUEST, using)

    assert made.next == "back"
    assert (told(using)["share"], told(using)["shadow"]) == (0, 0)


def test_a_shadow_whose_price_nobody_knows_is_declined(using: MemoryDependencies) -> None:
    shadowed(using, usd_per_1000=None)

    made = begin(REQUEST, using)

    assert made.next == "decline"
    assert "shadow.budget_usd cannot be held" in made.reason


def test_there_is_no_shadow_where_none_is_declared(using: MemoryDependencies) -> None:
    begin(REQUEST, using)

    with pytest.raises(InvalidRequestError, match="no step 0 of 2"):
        move(place(-1), using)
