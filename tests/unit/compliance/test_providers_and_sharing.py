from typing import Any

import pytest

from brainswap.core.compliance.providers import provider_check, provider_of
from brainswap.core.compliance.sharing import needs_sharing, sharing_check
from brainswap.core.workload import Limits

PLAIN, SHARING = "amazon.nova-lite-v1:0", "us.anthropic.claude-mythos-5"
ACCEPTED = {"accepted_by": "Ada Lovelace"}
OWN_PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"


def limits(**changes: Any) -> Limits:
    return Limits.model_validate(changes)


@pytest.mark.parametrize(
    ("model_id", "provider"),
    [
        (PLAIN, "amazon"),
        (SHARING, "anthropic"),
        ("arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-1-70b-instruct-v1:0", "meta"),
        ("openai:gpt-5", "openai"),
        ("openai.gpt-oss-120b-1:0", "openai"),
        (OWN_PROFILE, None),
    ],
)
def test_whose_a_model_is_is_told_by_its_id(model_id: str, provider: str | None) -> None:
    assert provider_of(model_id) == provider


@pytest.mark.parametrize(
    ("model_id", "status", "said"),
    [
        (PLAIN, "passed", "amazon's"),
        (SHARING, "refused", "it is anthropic's; allowed are models of Amazon, meta"),
        (OWN_PROFILE, "refused", "could not be told"),
    ],
)
def test_only_models_of_the_providers_on_the_list_are_asked(model_id: str, status: str, said: str) -> None:
    check = provider_check(model_id, limits(providers=["Amazon", "meta"]))

    assert check is not None
    assert check.status == status
    assert said in check.detail


def test_without_a_list_whose_a_model_is_is_nobodys_business() -> None:
    assert provider_check(OWN_PROFILE, limits()) is None


def test_the_registry_knows_the_models_that_are_open_only_to_those_who_share() -> None:
    assert needs_sharing(SHARING)
    assert needs_sharing("anthropic.claude-fable-5")
    assert not needs_sharing(PLAIN)
    assert not needs_sharing("nobody.knows-v1:0")


@pytest.mark.parametrize(
    ("model_id", "mode", "declared", "status", "said"),
    [
        (PLAIN, "default", None, "passed", "each model's own terms"),
        (PLAIN, "none", "refuse", "passed", "nothing is kept"),
        (PLAIN, "aws_review", None, "passed", "AWS keeps"),
        (PLAIN, "provider_data_share", None, "warning", "nobody accepted"),
        (PLAIN, "provider_data_share", "refuse", "refused", "unless somebody accepts"),
        (PLAIN, "provider_data_share", ACCEPTED, "passed", "accepted by Ada Lovelace"),
        (PLAIN, "inherit", None, "warning", "terms of the organisation"),
        (PLAIN, "inherit", "refuse", "refused", "terms of the organisation"),
        (PLAIN, "inherit", ACCEPTED, "passed", "accepted by Ada Lovelace"),
        (PLAIN, "a_new_mode", None, "warning", "not known here"),
        (PLAIN, "a_new_mode", "refuse", "refused", "not known here"),
        (PLAIN, None, None, "not_made", "no right"),
        (PLAIN, None, "refuse", "refused", "no right"),
        (PLAIN, None, ACCEPTED, "not_made", "no right"),
        (SHARING, "provider_data_share", None, "refused", "accepted_by"),
        (SHARING, "provider_data_share", "refuse", "refused", "accepted_by"),
        (SHARING, "provider_data_share", ACCEPTED, "passed", "accepted by Ada Lovelace"),
        (SHARING, "default", ACCEPTED, "refused", "open only to accounts"),
        (SHARING, None, None, "refused", "accepted_by"),
        (SHARING, None, ACCEPTED, "not_made", "no right"),
    ],
)
def test_what_is_shared_needs_a_person_who_accepted_it(
    model_id: str, mode: str | None, declared: Any, status: str, said: str
) -> None:
    check = sharing_check(model_id, mode, "no right", limits(data_sharing=declared))

    assert (check.status, check.check) == (status, f"data sharing of {model_id}")
    assert said in check.detail
