import itertools
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.registering.registration import InForce, Registration, put_in_force
from tests.fakes.workloads import facts

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def registration(version: str, *, at: int = 0, cases: str = "c1", valid: bool = True) -> Registration:
    return Registration(
        workload="w",
        version=version,
        whole_at=NOON + timedelta(seconds=at),
        upload=f"{version}@{at}",
        facts=facts(cases_sha256=cases) if valid else None,
        problems=() if valid else ("wrong",),
    )


def after(*registrations: Registration) -> InForce | None:
    now: InForce | None = None
    for each in registrations:
        now = put_in_force(now, each) or now
    return now


def test_the_first_version_comes_into_force_and_changes_nothing() -> None:
    now = after(registration("1"))

    assert now is not None
    assert (now.version, now.cases_changed, now.previous, now.since) == ("1", False, None, NOON)


def test_a_later_version_takes_its_place_and_says_whether_the_cases_changed() -> None:
    same = after(registration("1"), registration("2", at=1))
    other = after(registration("1"), registration("2", at=1, cases="c2"))

    assert same is not None
    assert other is not None
    assert (same.version, same.previous, same.cases_changed) == ("2", "1", False)
    assert (other.version, other.cases_changed, other.since) == ("2", True, NOON)


def test_a_rejected_version_leaves_the_old_one_in_force() -> None:
    now = after(registration("1"), registration("2", at=1, valid=False))

    assert now is not None
    assert now.version == "1"


def test_an_earlier_version_that_is_uploaded_again_comes_back_into_force() -> None:
    now = after(registration("1"), registration("2", at=1), registration("1", at=2))

    assert now is not None
    assert (now.version, now.previous) == ("1", "2")


@given(
    uploads=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 4), st.sampled_from(["c1", "c2"]), st.booleans()),
        min_size=1,
        max_size=6,
        unique_by=lambda one: one[:2],
    ),
    random=st.randoms(use_true_random=False),
)
def test_uploads_told_of_in_any_order_and_more_than_once_lead_to_the_same_version(
    uploads: list[tuple[str, int, str, bool]], random: Random
) -> None:
    registrations = [registration(name, at=at, cases=cases, valid=valid) for name, at, cases, valid in uploads]
    told = [*registrations, *random.choices(registrations, k=len(registrations))]
    random.shuffle(told)

    now = after(*told)

    whole = [each for each in registrations if not each.rejected]
    if not whole:
        assert now is None
        return
    last = max(whole, key=lambda each: (each.whole_at, each.version))
    assert now is not None
    assert (now.version, now.whole_at, now.facts) == (last.version, last.whole_at, last.facts)
    assert now.since == min(each.whole_at for each in whole)


def test_two_of_the_same_second_are_told_apart_the_same_way_by_everybody() -> None:
    twins = [registration("a"), registration("b")]

    outcomes = {after(*order).version for order in itertools.permutations(twins)}  # type: ignore[union-attr]

    assert outcomes == {"b"}
