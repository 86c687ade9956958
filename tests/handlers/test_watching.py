"""Function Watch: what is told of the models of a region, whatever comes in between."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.errors import ModelAccessError, ModelUnavailableError
from brainswap.core.money.price_lines import CandidatePrice
from brainswap.core.money.prices import Price
from brainswap.core.watching.listing import Listed, Listing
from brainswap.handlers import watch
from brainswap.registry import LIST, facts_of
from brainswap.snapshots import Snapshots
from tests.fakes.fleets import MovingClock
from tests.fakes.known import FixedPrices, ScriptedListings
from tests.fakes.listings import leaving, listing, model, profile
from tests.fakes.memory import MemoryDependencies
from tests.fakes.stores import MemoryRecords
from tests.fakes.told import MemoryEvents
from tests.fakes.workloads import NOON, in_force

REGION = "us-east-1"
OLD, NEW = model("a.old-v1:0"), model("a.new-v1:0")


def watched(*looks: Listing | Exception, using: MemoryDependencies | None = None) -> MemoryDependencies:
    """What there is after these looks."""
    using = using or MemoryDependencies()
    using.listings = ScriptedListings(looks=list(looks))
    while using.listings.looks:
        try:
            watch.run({}, using)
        except ModelUnavailableError:
            continue
    return using


def told(using: MemoryDependencies) -> list[tuple[str, str]]:
    return [(kind, str(detail["model"])) for kind, detail in using.events.published]


def test_the_first_look_tells_nothing_and_remembers_everything() -> None:
    using = watched(
        listing(OLD, leaving("a.going-v1:0", "2027-01-01", status="LEGACY"), profile("us.a.old", "us-east-1"))
    )

    assert told(using) == []
    known = Snapshots(using.records).known(REGION)
    assert set(known) == {"a.old-v1:0", "a.going-v1:0", "us.a.old"}
    assert {each.released_at for each in known.values()} == {None}


def test_a_model_that_is_listed_for_the_first_time_is_released() -> None:
    using = watched(listing(OLD), listing(OLD, NEW), listing(OLD, NEW))

    ((kind, detail),) = using.events.published
    assert kind == "Model Released"
    assert (detail["model"], detail["region"], detail["provider"]) == ("a.new-v1:0", REGION, "Anthropic")
    assert Snapshots(using.records).known(REGION)["a.new-v1:0"].released_at is not None


def test_a_model_that_becomes_legacy_and_gets_a_date_is_told_of_both() -> None:
    using = watched(listing(OLD, NEW), listing(leaving(OLD.id, "2027-01-08", status="LEGACY"), NEW))

    assert told(using) == [("Model Became Legacy", OLD.id), ("End Of Life Dated", OLD.id)]
    assert using.events.published[1][1]["end_of_life"] == "2027-01-08T00:00:00+00:00"
    assert using.events.published[1][1]["before"] is None


def test_dates_that_go_back_and_forth_are_told_each_time_and_known_apart() -> None:
    first, second = leaving(OLD.id, "2027-01-08"), leaving(OLD.id, "2027-03-01")
    using = watched(*(listing(each, NEW) for each in (first, second, first, first, leaving(OLD.id, None))))

    days = [(detail["before"], detail["end_of_life"]) for _, detail in using.events.published]
    assert [tuple(day and day[:10] for day in pair) for pair in days] == [
        ("2027-01-08", "2027-03-01"),
        ("2027-03-01", "2027-01-08"),
        ("2027-01-08", None),
    ]
    assert len({detail["id"] for _, detail in using.events.published}) == 3


def test_a_profile_that_reaches_further_is_told_of() -> None:
    using = watched(
        listing(OLD, NEW, profile("eu.a", "eu-west-1")), listing(OLD, NEW, profile("eu.a", "eu-west-1", "eu-west-3"))
    )

    ((kind, detail),) = using.events.published
    assert kind == "Profile Regions Changed"
    assert (detail["before"], detail["after"]) == (["eu-west-1"], ["eu-west-1", "eu-west-3"])


def test_a_profile_that_the_account_makes_is_remembered_and_no_news() -> None:
    own = replace(
        profile("arn:aws:bedrock:us-east-1:1:application-inference-profile/p", "us-east-1"), kind="application"
    )

    using = watched(listing(OLD), listing(OLD, own))

    assert told(using) == []
    assert own.id in Snapshots(using.records).known(REGION)


def test_one_answer_without_a_model_is_not_believed_and_two_are() -> None:
    once = watched(listing(OLD, NEW), listing(OLD))
    twice = watched(listing(OLD, NEW), listing(OLD), listing(OLD))
    apart = watched(listing(OLD, NEW), listing(OLD), listing(OLD, NEW), listing(OLD))

    assert [Snapshots(each.records).known(REGION)[NEW.id].gone for each in (once, twice, apart)] == [False, True, False]


def test_an_answer_that_did_not_come_is_no_absence() -> None:
    error = ModelUnavailableError("no")

    using = watched(listing(OLD, NEW), error, listing(OLD), error)

    assert Snapshots(using.records).known(REGION)[NEW.id].absences == 1
    assert told(using) == []


@pytest.mark.parametrize("poor", [listing(), listing(model("a.third-v1:0"))])
def test_an_answer_that_lost_most_of_what_is_known_is_not_believed(poor: Listing) -> None:
    using = watched(listing(OLD, NEW), poor, poor)

    known = Snapshots(using.records).known(REGION)
    assert {each.absences for each in known.values()} == {0}
    assert told(using) == []


def test_a_model_that_comes_back_was_not_released() -> None:
    others = [model(f"a.other-{number}-v1:0") for number in range(3)]
    using = watched(listing(NEW, *others), listing(*others), listing(*others), listing(NEW, *others))

    assert told(using) == []
    assert not Snapshots(using.records).known(REGION)[NEW.id].gone


def test_a_region_that_does_not_answer_keeps_no_other_from_being_looked_at() -> None:
    using = MemoryDependencies(watched_regions=("us-east-1", "eu-west-1"))
    using.listings = ScriptedListings(looks=[ModelUnavailableError("no"), listing(OLD)])

    with pytest.raises(ModelUnavailableError):
        watch.run({}, using)

    assert Snapshots(using.records).regions() == ["eu-west-1"]


def test_a_region_that_is_closed_to_the_account_is_not_asked_again_at_once_and_somebody_hears_of_it() -> None:
    using = MemoryDependencies()
    using.listings = ScriptedListings(looks=[ModelAccessError("no")])

    watch.run({}, using)

    assert using.records.kept == {}
    assert unread(using) == [1]


def unread(using: MemoryDependencies) -> list[float]:
    """The figure of each look."""
    return [metric.value for metrics, _, _ in using.metrics.recorded for metric in metrics]


def test_whether_every_catalogue_was_read_is_a_figure_of_each_look() -> None:
    using = watched(listing(OLD, NEW), ModelUnavailableError("no"), listing(), listing(OLD, NEW))

    assert unread(using) == [0, 1, 1, 0]
    assert {(metric.name, tuple(by)) for metrics, by, _ in using.metrics.recorded for metric in metrics} == {
        ("UnreadCatalogues", ())
    }


def test_a_function_that_always_runs_out_of_time_comes_to_every_region() -> None:
    class Slow:
        """Ends the function at the second region of each look."""

        asked: list[str]

        def listing(self, region: str) -> Listing:
            self.asked.append(region)
            if len(self.asked) % 2 == 0:
                raise DiedError
            return listing(OLD)

    slow = Slow()
    slow.asked = []
    using = MemoryDependencies(watched_regions=("us-east-1", "eu-west-1", "ap-south-1"))
    using.listings = slow  # type: ignore[assignment]  # listings like any other
    for minute in range(3):
        using.clock = MovingClock(NOON + timedelta(minutes=minute))  # type: ignore[assignment]  # a clock
        with pytest.raises(DiedError):
            watch.run({}, using)

    assert set(Snapshots(using.records).regions()) == {"us-east-1", "eu-west-1", "ap-south-1"}


def priced(usd: str, origin: str = "rate_card") -> FixedPrices:
    price = Price(input=Decimal(usd), output=Decimal(2), source=f"the {origin}", date="2026-11-01")
    given: Any = {"origin": origin, "reach": "regional", "model_id": "amazon.nova-lite-v1:0", "price": price}
    return FixedPrices(known={"amazon.nova-lite-v1:0": [CandidatePrice(**given)]})


def test_a_price_that_changes_is_told_of_and_another_source_that_steps_in_is_not() -> None:
    nova = listing(model("amazon.nova-lite-v1:0"))
    using = MemoryDependencies()
    using.records.keep(LIST, "w", facts_of(in_force()), over=None)
    for prices in (priced("1"), priced("3", "price_list"), priced("1"), FixedPrices(), priced("4")):
        using.prices = prices
        watched(nova, using=using)

    ((kind, detail),) = using.events.published
    assert kind == "Price Changed"
    assert (detail["before"]["input"], detail["after"]["input"]) == ("1", "4")


class DiedError(Exception):
    """The function was ended from outside."""


STATES: Sequence[Mapping[str, Any]] = (
    {"status": "ACTIVE"},
    {"status": "LEGACY"},
    {"on_demand": False},
)
LISTS = st.lists(
    st.dictionaries(st.sampled_from(["a.x-v1:0", "a.y-v1:0", "a.z-v1:0"]), st.sampled_from(range(3)), min_size=2),
    min_size=2,
    max_size=5,
)


@given(lists=LISTS, crashes=st.lists(st.integers(0, 25), max_size=3))
def test_no_change_is_lost_or_told_as_another_when_the_function_dies(
    lists: list[dict[str, int]], crashes: list[int]
) -> None:
    looks = [listing(*(replace(model(name), **STATES[state]) for name, state in each.items())) for each in lists]
    undisturbed = watched(*looks)
    using, left = MemoryDependencies(), iter(crashes)
    fuse = [next(left, 10_000)]

    def dying(call: Any) -> Any:
        def step(*arguments: Any, **named: Any) -> Any:
            fuse[0] -= 1
            if fuse[0] == 0:
                fuse[0] = next(left, 10_000)
                raise DiedError
            return call(*arguments, **named)

        return step

    with (
        mock.patch.object(MemoryRecords, "keep", dying(MemoryRecords.keep)),
        mock.patch.object(MemoryEvents, "publish", dying(MemoryEvents.publish)),
    ):
        for look in looks:
            done = False
            while not done:  # Lambda and the schedule invoke again; the catalogue says the same
                using.listings = ScriptedListings(looks=[look])
                try:
                    watch.run({}, using)
                except DiedError:
                    continue
                done = True

    first = set(lists[0])

    def kinds(dependencies: MemoryDependencies) -> set[tuple[str, str]]:
        return {(kind, str(detail["model"])) for kind, detail in dependencies.events.published}

    assert kinds(using) == kinds(undisturbed)
    assert not any(kind == "Model Released" and name in first for kind, name in kinds(using))
    by_id: dict[str, tuple[str, Any]] = {}
    for kind, detail in using.events.published:
        assert by_id.setdefault(str(detail["id"]), (kind, detail)) == (kind, detail)


@given(lists=LISTS)
def test_two_functions_that_look_at_the_same_time_tell_of_a_change_under_one_id(lists: list[dict[str, int]]) -> None:
    looks = [listing(*(replace(model(name), **STATES[state]) for name, state in each.items())) for each in lists]
    once = watched(*looks)
    twice = watched(*(look for look in looks for _ in range(2)))

    told_once = {str(detail["id"]) for _, detail in once.events.published}
    assert {str(detail["id"]) for _, detail in twice.events.published} == told_once
    assert len(twice.events.published) == len(told_once)


def test_everything_listed_keeps_its_form_in_the_records() -> None:
    seen: Listed = leaving("a.x-v1:0", "2027-01-08", outputs=("TEXT", "IMAGE"), status="LEGACY")
    using = watched(listing(seen, profile("us.a.x", "", "us-east-1", base="a.x-v1:0")))

    known = Snapshots(using.records).known(REGION)
    assert known["a.x-v1:0"].seen == seen
    assert known["us.a.x"].seen.regions == ("", "us-east-1")
