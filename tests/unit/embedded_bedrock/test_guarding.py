from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.bedrock.guarding import BLOCKED, HARMFUL_WORDS, look, shown
from local.bedrock.server import EmbeddedBedrock


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with EmbeddedBedrock(pace=0) as server:
        session = boto3.Session("a", "b", region_name="us-east-1")
        yield session.client("bedrock-runtime", endpoint_url=server.url)


def applied(client: Any, text: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.apply_guardrail(
        guardrailIdentifier="gr4a1l", guardrailVersion="3", source="OUTPUT", content=[{"text": {"text": text}}]
    )
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-brainswap-origin"] == "simulated"
    return answer


def test_a_plain_text_passes(client: Any) -> None:
    answer = applied(client, "The card is on its way.")

    assert (answer["action"], answer["outputs"], answer["assessments"]) == ("NONE", [], [{}])
    assert answer["usage"]["contentPolicyUnits"] == 1


def test_harmful_words_block_a_text_and_say_why(client: Any) -> None:
    answer = applied(client, "You idiot, you MORON.")

    assert answer["action"] == "GUARDRAIL_INTERVENED"
    assert answer["outputs"] == [{"text": BLOCKED}]
    (found,) = answer["assessments"][0]["contentPolicy"]["filters"]
    assert (found["type"], found["confidence"], found["action"]) == ("INSULTS", "MEDIUM", "BLOCKED")


def test_an_e_mail_address_is_masked(client: Any) -> None:
    answer = applied(client, "Write to ada@lovelace.org.")

    assert answer["action"] == "GUARDRAIL_INTERVENED"
    assert answer["outputs"] == [{"text": "Write to {EMAIL}."}]
    (found,) = answer["assessments"][0]["sensitiveInformationPolicy"]["piiEntities"]
    assert (found["type"], found["action"]) == ("EMAIL", "ANONYMIZED")


def test_checks_give_each_category_that_was_asked_for_a_severity(client: Any) -> None:
    answer = client.invoke_guardrail_checks(
        messages=[{"role": "assistant", "content": [{"text": "You idiot."}]}],
        checks={"contentFilter": {"categories": [{"category": "INSULTS"}, {"category": "HATE"}]}},
    )

    found = {each["category"]: each["severityScore"] for each in answer["results"]["contentFilter"]["results"]}
    assert found == {"INSULTS": pytest.approx(1 / 3), "HATE": 0.0}
    assert answer["usage"]["contentFilter"]["textUnits"] == 1


@given(st.text())
def test_the_policy_takes_any_text(text: str) -> None:
    found = look(text)

    assert set(found.severities) == set(HARMFUL_WORDS)
    assert all(0 <= severity <= 1 for severity in found.severities.values())
    assert found.intervened or shown(text, found) == text
