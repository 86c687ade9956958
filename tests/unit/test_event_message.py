"""Events as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.event_message import event_message
from tests.fakes.hostile_texts import EVERY_HOSTILE

DECIDED = {
    "run_id": "triage-1",
    "workload": "triage",
    "verdict": "migrate",
    "models": "bedrock",
    "recommended": "us.meta.llama3-1-70b-instruct-v1:0",
    "url": "https://eu-central-1.console.aws.amazon.com/s3/object/b?prefix=runs/triage-1/report.html",
}


def test_a_decided_migration_is_told_in_a_line_with_a_link() -> None:
    assert event_message("Migration Decided", DECIDED) == (
        "Migration Decided: triage · verdict migrate · recommended us.meta.llama3-1-70b-instruct-v1:0 · run triage-1\n"
        "https://eu-central-1.console.aws.amazon.com/s3/object/b?prefix=runs/triage-1/report.html"
    )


def test_simulated_answers_are_called_that() -> None:
    assert "SIMULATED answers" in event_message("Migration Decided", {**DECIDED, "models": "simulated"})


def test_a_recommended_contender_is_told_by_its_model() -> None:
    recommended = {"contender": "target-1", "model": "amazon.nova-lite-v1:0", "prompt": "translated"}

    assert "recommended amazon.nova-lite-v1:0" in event_message("Approval Wanted", {"recommended": recommended})


def test_why_traffic_went_back_is_told() -> None:
    told = {"workload": "triage", "run_id": "triage-1", "reason": "errors: 30 of 100 requests", "percent": 0}

    assert event_message("Rollout Rolled Back", told) == (
        "Rollout Rolled Back: triage · errors: 30 of 100 requests · run triage-1"
    )


def test_an_event_that_says_nothing_is_its_kind() -> None:
    assert event_message("Rollout Begun", {}) == "Rollout Begun"


@pytest.mark.parametrize("text", EVERY_HOSTILE)
def test_hostile_names_make_no_link_no_mention_and_no_second_line(text: str) -> None:
    said = event_message("Migration Decided", dict.fromkeys((*DECIDED, "reason"), text))

    assert not set("<>[]*`&\r") & set(said)
    assert said.count("\n") <= 1
    assert "://" not in said.partition("\n")[0]
    assert all(sign.isprintable() or sign == "\n" for sign in said)


@given(st.dictionaries(st.sampled_from(list(DECIDED)), st.none() | st.integers() | st.text() | st.lists(st.text())))
def test_whatever_an_event_holds_is_told(detail: dict[str, object]) -> None:
    assert event_message("Migration Decided", detail).startswith("Migration Decided")
