from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.answers import Origin
from brainswap.core.cases import Case, Recorded, RecordedStep
from local.bedrock.casebook import Casebook
from local.bedrock.faults import ServiceError
from local.bedrock.question import CASE_KEY, STEP_KEY, Question
from local.bedrock.recordings import Recordings

TEXT = "Q: What is it?"


def recordings_of(recorded: Recorded) -> Recordings:
    cases = [
        Case(id="one", input={"q": "What is it?"}, recorded={"small": recorded}),
        Case(id="two", input={"q": "What is it?"}, recorded={"small": Recorded(output="of the second case")}),
        Case(id="three", input={"q": "Who was that?"}, recorded={"large": Recorded(output="nobody")}),
    ]
    return Recordings(casebook=Casebook(cases=cases), names={"acme.small": "small"}, seed=7)


def question(text: str = TEXT, **metadata: str) -> Question:
    return Question(asked="us.acme.small", model_id="acme.small", text=text, metadata=metadata)


def test_what_was_recorded_is_replayed_as_it_was() -> None:
    recorded = Recorded(
        output="a thing",
        latency_ms=812.5,
        first_token_ms=300,
        input_tokens=91,
        output_tokens=4,
        stop_reason="max_tokens",
    )

    reply = recordings_of(recorded).answer(question())

    assert (reply.text, reply.stop_reason, reply.origin) == ("a thing", "max_tokens", Origin.RECORDED)
    assert (reply.input_tokens, reply.output_tokens, reply.latency_ms, reply.first_token_ms) == (91, 4, 812.5, 300)
    assert reply.estimated == ()


def test_what_was_not_recorded_is_estimated_and_marked() -> None:
    reply = recordings_of(Recorded(output="a thing of beauty")).answer(question())

    assert (reply.input_tokens, reply.output_tokens) == (4, 5)
    assert 0 < reply.first_token_ms < reply.latency_ms
    assert reply.estimated == ("tokens", "latency")


def test_an_unrecorded_time_to_the_first_token_is_marked_on_its_own() -> None:
    recorded = Recorded(output="a thing", latency_ms=1000, input_tokens=1, output_tokens=2)

    reply = recordings_of(recorded).answer(question())

    assert reply.latency_ms == 1000
    assert 0 < reply.first_token_ms < 1000
    assert reply.estimated == ("first-token",)


@given(
    latency=st.none() | st.floats(0, 1e6),
    first_token=st.none() | st.floats(0, 1e6),
    output=st.text(max_size=50),
)
def test_the_first_token_never_comes_after_the_last(
    latency: float | None, first_token: float | None, output: str
) -> None:
    recorded = Recorded(output=output, latency_ms=latency, first_token_ms=first_token)

    reply = recordings_of(recorded).answer(question())

    assert 0 <= reply.first_token_ms <= reply.latency_ms


@pytest.mark.parametrize(
    ("recorded", "replayed"),
    [(None, "end_turn"), ("stop", "end_turn"), ("length", "max_tokens"), ("content_filter", "content_filtered")],
)
def test_other_vendors_stop_reasons_are_put_into_bedrocks_words(recorded: str | None, replayed: str) -> None:
    reply = recordings_of(Recorded(output="x", stop_reason=recorded)).answer(question())

    assert reply.stop_reason == replayed


def test_the_case_named_in_the_metadata_decides_between_duplicates() -> None:
    recordings = recordings_of(Recorded(output="of the first case"))

    assert recordings.answer(question()).text == "of the first case"
    assert recordings.answer(question(**{CASE_KEY: "two"})).text == "of the second case"
    assert recordings.answer(question(**{CASE_KEY: "three"})).text == "of the first case"


def test_a_case_without_a_recording_of_the_model_is_no_case_for_a_guess() -> None:
    recordings = recordings_of(Recorded(output="x"))

    with pytest.raises(ServiceError, match="'three' has no answer of 'small'") as caught:
        recordings.answer(question("Q: Who was that?"))

    assert (caught.value.code, caught.value.status) == ("ModelErrorException", 424)


def test_a_request_about_no_case_gets_no_answer() -> None:
    with pytest.raises(ServiceError, match="no case of this server occurs"):
        recordings_of(Recorded(output="x")).answer(question("Hello"))


def test_recordings_hold_a_model_by_the_id_asked_or_by_the_id_behind_the_profile(ask: Callable[..., Question]) -> None:
    recordings = recordings_of(Recorded(output="x"))

    assert recordings.holds(ask(TEXT, asked="acme.small", model_id="acme.small"))
    assert recordings.holds(ask(TEXT, asked="eu.acme.small", model_id="acme.small"))
    assert not recordings.holds(ask(TEXT, asked="acme.large", model_id="acme.large"))


def test_a_step_is_answered_with_what_was_recorded_of_it() -> None:
    recordings = recordings_of(
        Recorded(output="a thing", steps={"sort": RecordedStep(output="of what", output_tokens=9)})
    )
    named = {CASE_KEY: "one"}

    sort = recordings.answer(question(**named, **{STEP_KEY: "sort"}))
    reply = recordings.answer(question(**named, **{STEP_KEY: "reply"}))

    assert (sort.text, sort.output_tokens, reply.text) == ("of what", 9, "a thing")


def test_a_step_that_shows_nothing_of_its_case_is_about_the_case_that_the_request_names() -> None:
    recordings = recordings_of(Recorded(output="a thing"))

    named = recordings.answer(question("Is it polite?", **{CASE_KEY: "one", STEP_KEY: "check"}))

    assert named.text == "a thing"
    with pytest.raises(ServiceError):
        recordings.answer(question("Is it polite?", **{CASE_KEY: "one"}))
    with pytest.raises(ServiceError):
        recordings.answer(question("Is it polite?", **{STEP_KEY: "check"}))
