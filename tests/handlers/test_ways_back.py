"""Function Watch: ways back that are kept, and who hears when one closes."""

from collections.abc import Mapping
from typing import Any

import pytest

from brainswap.core.errors import ModelUnavailableError, StorageUnavailableError
from brainswap.core.preflight import ModelFacts
from brainswap.core.watching.listing import Listed
from brainswap.handlers import watch
from brainswap.registry import LIST, facts_of
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.known import ScriptedListings
from tests.fakes.listings import leaving, listing, model
from tests.fakes.memory import MemoryDependencies
from tests.fakes.told import MemoryEvents
from tests.fakes.workloads import in_force

SOURCE, OTHER = "a.old-v1:0", "a.other-v1:0"
COMPLETED = {
    "run_id": "run-1",
    "status": "completed",
    "percent": 100,
    "source_model": SOURCE,
    "target_model": "a.new-v1:0",
    "warm_until": "2026-11-20T00:00:00+00:00",
}


@pytest.fixture
def using() -> MemoryDependencies:
    """A workload whose traffic has moved; today is the first of November."""
    made = MemoryDependencies(catalogue=catalogue(facts(SOURCE)))
    made.records.keep(LIST, "w", facts_of(in_force("w")), over=None)
    made.rollout_records.records["w"] = dict(COMPLETED)
    return made


def seen(using: MemoryDependencies, *listed: Listed) -> None:
    using.listings = ScriptedListings(looks=[listing(model(OTHER), *listed)])
    watch.run({}, using)


def told(using: MemoryDependencies) -> list[Mapping[str, Any]]:
    return [detail for kind, detail in using.events.published if kind == "Way Back Closing"]


def test_an_open_way_back_is_no_news(using: MemoryDependencies) -> None:
    seen(using, model(SOURCE))

    assert told(using) == []


def test_whoever_owns_a_way_back_hears_once_that_it_closes_and_once_that_it_is_closed(
    using: MemoryDependencies,
) -> None:
    for day in ("2026-11-15", "2026-11-15", "2026-11-01", "2026-11-01"):
        seen(using, leaving(SOURCE, day))

    first, second = told(using)
    assert (first["state"], second["state"]) == ("closing", "closed")
    assert (first["id"], second["id"]) == ("w/run-1/1", "w/run-1/2")
    assert first == {
        "id": "w/run-1/1",
        "workload": "w",
        "owner": "owner@example.com",
        "run_id": "run-1",
        "source_model": SOURCE,
        "target_model": "a.new-v1:0",
        "percent": 100,
        "state": "closing",
        "reason": "its end of life is 2026-11-15, and the way back is to be kept until 2026-11-20",
        "kept_until": "2026-11-20T00:00:00+00:00",
    }


def test_a_model_has_to_be_missing_twice(using: MemoryDependencies) -> None:
    seen(using, model(SOURCE))
    using.catalogue = catalogue()

    seen(using)
    after_one = told(using)
    seen(using)

    assert after_one == []
    assert [(one["state"], one["reason"]) for one in told(using)] == [("closed", "the catalogue lists it no more")]


def test_access_that_is_withdrawn_and_given_back_is_told_each_time_that_it_goes(using: MemoryDependencies) -> None:
    closed = facts(SOURCE, unavailable_because="authorization is NOT_AUTHORIZED")
    for now in (closed, closed, facts(SOURCE), closed):
        using.catalogue = catalogue(now)
        seen(using, model(SOURCE))

    assert [one["id"] for one in told(using)] == ["w/run-1/1", "w/run-1/3"]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "rolled_back"},
        {"status": "failed"},
        {"warm_until": "2026-10-31T00:00:00+00:00"},
        {"source_model": "openai:gpt-5-mini"},
    ],
)
def test_what_is_not_kept_or_not_bedrocks_is_not_looked_after(
    using: MemoryDependencies, changes: dict[str, Any]
) -> None:
    using.rollout_records.records["w"].update(changes)

    seen(using, leaving(SOURCE, "2026-11-01"))

    assert told(using) == []


def test_a_roll_out_that_goes_on_has_a_way_back_as_well(using: MemoryDependencies) -> None:
    using.rollout_records.records["w"].update(status="running", percent=10)

    seen(using, leaving(SOURCE, "2026-11-25"))

    assert [(one["state"], one["percent"]) for one in told(using)] == [("closing", 10)]


def test_the_next_roll_out_has_a_way_back_of_its_own(using: MemoryDependencies) -> None:
    seen(using, leaving(SOURCE, "2026-11-15"))
    using.rollout_records.records["w"].update(run_id="run-2", source_model=OTHER)
    using.catalogue = catalogue(facts(OTHER))
    seen(using, leaving(SOURCE, "2026-11-15"))
    using.catalogue = catalogue(facts(OTHER, unavailable_because="no"))
    seen(using, leaving(SOURCE, "2026-11-15"))

    assert [(one["run_id"], one["source_model"]) for one in told(using)] == [("run-1", SOURCE), ("run-2", OTHER)]


class SilentCatalogue:
    """Does not answer."""

    def facts(self, model_id: str) -> ModelFacts | None:
        raise ModelUnavailableError(model_id)


def test_a_catalogue_that_does_not_answer_closes_nothing_and_opens_nothing(using: MemoryDependencies) -> None:
    closed = facts(SOURCE, unavailable_because="no")
    for now in (catalogue(closed), SilentCatalogue(), catalogue(closed)):
        using.catalogue = now  # type: ignore[assignment]  # either tells facts
        seen(using, model(SOURCE))

    assert len(told(using)) == 1


class BrokenEvents(MemoryEvents):
    """A bus that takes nothing."""

    def publish(self, kind: str, detail: Mapping[str, Any]) -> None:
        raise StorageUnavailableError(f"{kind}: {detail['id']}")


def test_what_could_not_be_told_is_told_at_the_next_look(using: MemoryDependencies) -> None:
    seen(using, model(SOURCE))
    using.catalogue, using.events = catalogue(facts(SOURCE, unavailable_because="no")), BrokenEvents()
    with pytest.raises(StorageUnavailableError):
        seen(using, model(SOURCE))

    using.events = MemoryEvents()
    seen(using, model(SOURCE))
    seen(using, model(SOURCE))

    assert [one["id"] for one in told(using)] == ["w/run-1/1"]
