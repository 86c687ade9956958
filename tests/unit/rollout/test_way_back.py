from datetime import UTC, datetime, timedelta

import pytest

from brainswap.core.preflight import ModelFacts
from brainswap.core.rollout.way_back import OPEN, way_back
from brainswap.core.watching.listing import GONE_AFTER, Known, Listed
from tests.fakes.catalogues import facts
from tests.fakes.listings import leaving, model, profile

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(days=30)
MODEL, PROFILE = "anthropic.claude-haiku-9-v1:0", "us.anthropic.claude-haiku-9-v1:0"


def known(*listed: Listed, absences: int = 0) -> dict[str, Known]:
    return {each.id: Known(seen=each, first_seen=NOW, absences=absences) for each in listed}


def found(asked: str, said: ModelFacts | None, remembered: dict[str, Known]) -> tuple[str, str] | None:
    made = way_back(asked, said, remembered, now=NOW, until=UNTIL)
    return None if made is None else (made.state, made.because)


@pytest.mark.parametrize("asked", [MODEL, PROFILE, f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"])
def test_a_model_that_stays_leaves_the_way_back_open(asked: str) -> None:
    remembered = known(model(MODEL), profile(PROFILE, "us-east-1", base=MODEL))

    assert way_back(asked, facts(asked), remembered, now=NOW, until=UNTIL) == OPEN
    assert way_back(asked, facts(asked), {}, now=NOW, until=UNTIL) == OPEN


@pytest.mark.parametrize("asked", [MODEL, PROFILE])
@pytest.mark.parametrize(
    ("listed", "state", "because"),
    [
        (leaving(MODEL, "2026-11-01"), "closed", "end of life was 2026-11-01"),
        (leaving(MODEL, "2026-11-30"), "closing", "end of life is 2026-11-30"),
        (model(MODEL, status="LEGACY"), "closing", "15 days"),
        (leaving(MODEL, "2027-06-01", status="LEGACY"), "closing", "15 days"),
        (leaving(MODEL, "2027-06-01"), "open", ""),
    ],
)
def test_a_model_that_goes_while_the_way_back_is_kept_closes_it(
    asked: str, listed: Listed, state: str, because: str
) -> None:
    said = found(asked, facts(asked), known(listed, profile(PROFILE, "us-east-1", base=MODEL)))

    assert said is not None
    assert said[0] == state
    assert because in said[1]


def test_what_is_remembered_goes_before_what_was_listed_hours_ago() -> None:
    stale = facts(MODEL, end_of_life=None)

    said = found(MODEL, stale, known(leaving(MODEL, "2026-11-10")))

    assert said is not None
    assert said[0] == "closing"


def test_what_nobody_remembers_is_as_the_catalogue_says() -> None:
    said = found("arn:aws:bedrock:r:1:application-inference-profile/x", facts("x", end_of_life=UNTIL), {})

    assert said is not None
    assert said[0] == "closing"


def test_access_that_is_withdrawn_closes_the_way_back() -> None:
    said = found(MODEL, facts(MODEL, unavailable_because="authorization is NOT_AUTHORIZED"), known(model(MODEL)))

    assert said is not None
    assert (said[0], "NOT_AUTHORIZED" in said[1]) == ("closed", True)


@pytest.mark.parametrize(("absences", "state"), [(1, None), (GONE_AFTER, "closed")])
def test_one_answer_without_a_model_is_not_believed(absences: int, state: str | None) -> None:
    said = found(MODEL, None, known(model(MODEL), absences=absences))

    assert (None if said is None else said[0]) == state


def test_a_profile_without_its_model_is_gone() -> None:
    remembered = known(profile(PROFILE, "us-east-1", base=MODEL)) | known(model(MODEL), absences=GONE_AFTER)

    said = found(PROFILE, None, remembered)

    assert said is not None
    assert said[0] == "closed"


def test_a_model_that_answers_now_is_not_gone_whatever_is_remembered() -> None:
    assert found(MODEL, facts(MODEL), known(model(MODEL), absences=GONE_AFTER)) == ("open", "")


def test_of_a_model_that_nobody_knows_nothing_is_said() -> None:
    assert found(MODEL, None, {}) is None


def test_without_a_word_of_the_catalogue_a_date_that_is_remembered_still_holds() -> None:
    said = found(MODEL, None, known(leaving(MODEL, "2026-11-10")))

    assert said is not None
    assert said[0] == "closing"
