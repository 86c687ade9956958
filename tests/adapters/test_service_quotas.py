from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, PaginationError
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from brainswap.adapters.bedrock_catalogue import FRESH_S, BedrockCatalogue, ListedModel
from brainswap.adapters.service_quotas import MOST_PAGES, AwsQuotas
from local.bedrock.account import Account
from local.bedrock.catalogue import CatalogueModel
from local.bedrock.server import EmbeddedBedrock, Models

HAIKU = "anthropic.claude-3-5-haiku-20241022-v1:0"
OPUS = "anthropic.claude-opus-5-5"
R1 = "us.deepseek.r1-v1:0"
LITE = "amazon.nova-lite-v1:0"
ACCOUNT = "123456789012"

ON_DEMAND = "On-demand model inference tokens per minute for Anthropic Claude 3.5 Haiku"
ACROSS_REGIONS = "Cross-region model inference tokens per minute for Anthropic Claude 3.5 Haiku"
ANYWHERE = "Global cross-region model inference tokens per minute for Anthropic Claude Opus 5.5"
NEWER = "On-demand InvokeModel tokens per minute for Anthropic Claude Opus 5.5"

APPLIED, DEFAULTS = "list_service_quotas", "list_aws_default_service_quotas"


@pytest.fixture(scope="module", autouse=True)
def credentials() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "x")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        yield


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedBedrock]:
    models = Models(
        simulated=(HAIKU, f"us.{HAIKU}", f"global.{OPUS}", R1, LITE, "openai:pretend"),
        catalogue=(CatalogueModel(model_id="deepseek.r1-v1:0", provider="DeepSeek", name="DeepSeek-R1"),),
    )
    given_values = {ON_DEMAND: 10_000.0, ACROSS_REGIONS: 20_000.0, ANYWHERE: 30_000.0, NEWER: 40_000.0}
    account = Account(tokens_per_minute=50_000, quotas=given_values)
    with EmbeddedBedrock(models=models, pace=0, account=account) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", running.url)
        patch.setenv("AWS_ENDPOINT_URL_BEDROCK", running.url)
        yield running


@pytest.fixture(scope="module")
def bedrock(server: EmbeddedBedrock) -> Iterator[Any]:
    assert server.url
    yield from client("bedrock")


@pytest.fixture(scope="module")
def service(server: EmbeddedBedrock) -> Iterator[Any]:
    assert server.url
    yield from client("service-quotas")


@pytest.fixture(scope="module")
def catalogue(bedrock: Any) -> BedrockCatalogue:
    return BedrockCatalogue(bedrock)


@pytest.fixture
def stubbed() -> Iterator[tuple[Any, Stubber]]:
    """A client of Bedrock that answers what a test lays ready, in that order."""
    for made in client("bedrock"):
        with Stubber(made) as stubber:
            yield made, stubber
            stubber.assert_no_pending_responses()


def client(name: Any) -> Iterator[Any]:
    made: Any = boto3.Session().client(name, region_name="us-east-1", config=Config(retries={"total_max_attempts": 1}))
    yield made
    made.close()


@dataclass
class ScriptedQuotas:
    """A client of Service Quotas that answers both listings from a script, and counts the listings.

    Attributes:
        pages: by operation; an error is raised where a page would come.
    """

    pages: Mapping[str, list[Any]] = field(default_factory=dict)
    listings: list[str] = field(default_factory=list)
    pages_read: int = 0

    def get_paginator(self, operation: str) -> "ScriptedPages":
        self.listings.append(operation)
        return ScriptedPages(self, self.pages.get(operation, []))


@dataclass
class ScriptedPages:
    """The pages of one listing."""

    client: ScriptedQuotas
    script: list[Any]

    def paginate(self, **asked: Any) -> Iterator[Any]:
        assert asked["ServiceCode"] == "bedrock"
        for page in self.script:
            self.client.pages_read += 1
            if isinstance(page, Exception):
                raise page
            yield page


def page(*rows: tuple[Any, Any]) -> dict[str, Any]:
    return {"Quotas": [{"QuotaName": name, "Value": value} for name, value in rows]}


def known(quotas: AwsQuotas, asked: Collection[str]) -> dict[str, int]:
    """Tokens per minute of the models of which they are known; of the others there has to be a reason."""
    found = quotas.of(asked)
    assert all(bool(quota.unknown_because) == (quota.tokens_per_minute is None) for quota in found.values())
    return {model: quota.tokens_per_minute for model, quota in found.items() if quota.tokens_per_minute is not None}


def refusal(code: str) -> ClientError:
    said: Any = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(said, "ListServiceQuotas")


def test_each_form_of_an_id_has_the_quota_of_its_own_way_of_asking(service: Any, catalogue: BedrockCatalogue) -> None:
    asked = [HAIKU, f"us.{HAIKU}", f"global.{OPUS}", OPUS, R1]

    quotas = known(AwsQuotas(service, catalogue), asked)

    assert quotas == {HAIKU: 10_000, f"us.{HAIKU}": 20_000, f"global.{OPUS}": 30_000, OPUS: 40_000, R1: 50_000}


def test_a_service_that_says_nothing_is_left_closes_the_model(catalogue: BedrockCatalogue) -> None:
    models = Models(simulated=(HAIKU, f"us.{HAIKU}"))
    with EmbeddedBedrock(models=models, pace=0, account=Account(quotas={ACROSS_REGIONS: 0.0})) as new_account:
        service = boto3.client("service-quotas", region_name="us-east-1", endpoint_url=new_account.url)
        found = AwsQuotas(service, catalogue).of([HAIKU, f"us.{HAIKU}"])

    assert {model: quota.closed for model, quota in found.items()} == {HAIKU: False, f"us.{HAIKU}": True}
    assert found[f"us.{HAIKU}"].named == ACROSS_REGIONS


def test_an_arn_has_the_quota_of_the_model_or_the_profile_that_it_names(
    service: Any, catalogue: BedrockCatalogue
) -> None:
    model = f"arn:aws:bedrock:us-east-1::foundation-model/{HAIKU}"
    profile = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/us.{HAIKU}"

    quotas = known(AwsQuotas(service, catalogue), [model, profile])

    assert quotas == {model: 10_000, profile: 20_000}


def test_of_models_that_nobody_knows_and_models_elsewhere_nothing_is_known(
    service: Any, catalogue: BedrockCatalogue
) -> None:
    asked = ["openai:pretend", "anthropic.claude-nobody-v1:0", "", f"eu.{HAIKU}"]

    assert known(AwsQuotas(service, catalogue), asked) == {}


def test_nobody_is_asked_about_models_elsewhere() -> None:
    nobody: Any = object()

    assert known(AwsQuotas(nobody, BedrockCatalogue(nobody)), ["openai:pretend"]) == {}


def test_a_process_lists_the_quotas_once(catalogue: BedrockCatalogue) -> None:
    scripted = ScriptedQuotas({APPLIED: [page((ON_DEMAND, 1.0))]})
    quotas = AwsQuotas(scripted, catalogue)

    for _ in range(2):
        assert known(quotas, [HAIKU, LITE]) == {HAIKU: 1}

    assert scripted.listings == [APPLIED, DEFAULTS]


def test_the_default_holds_for_what_is_not_applied_and_is_not_looked_up_otherwise(catalogue: BedrockCatalogue) -> None:
    scripted = ScriptedQuotas(
        {APPLIED: [page((ON_DEMAND, 5_000.0))], DEFAULTS: [page((ON_DEMAND, 9.0)), page((ACROSS_REGIONS, 7_000.0))]}
    )
    quotas = AwsQuotas(scripted, catalogue)

    applied, listed_for_it = known(quotas, [HAIKU]), list(scripted.listings)

    assert (applied, listed_for_it) == ({HAIKU: 5_000}, [APPLIED])
    assert known(quotas, [HAIKU, f"us.{HAIKU}"]) == {HAIKU: 5_000, f"us.{HAIKU}": 7_000}


@pytest.mark.parametrize(
    "name",
    [
        "On-demand InvokeModel tokens per minute for Anthropic Claude 3.5 Haiku",
        "On-demand model inference tokens per minute for Anthropic Claude 3.5 Haiku",
        "on-demand invokemodel tokens per minute for anthropic claude 3.5 haiku",
        "On-demand model inference tokens per minute for Anthropic Claude 3.5 Haiku V1",
    ],
)
def test_a_quota_is_found_in_the_words_of_any_year(catalogue: BedrockCatalogue, name: str) -> None:
    scripted = ScriptedQuotas({APPLIED: [page((name, 100.0))]})

    assert known(AwsQuotas(scripted, catalogue), [HAIKU]) == {HAIKU: 100}


@pytest.mark.parametrize(
    "name",
    [
        "On-demand model inference tokens per minute for Anthropic Claude 3 Haiku",
        "On-demand model inference tokens per minute for Anthropic Claude 3.5 Haiku V2",
        "On-demand model inference tokens per minute for Anthropic Claude 3.5 Haiku V1 1M Context Length",
        "On-demand model inference tokens per minute for Claude 3.5 Haiku",
        "On-demand model inference tokens per minute for Anthropic Claude 3.5 Haiku ",
        "On-demand model inference requests per minute for Anthropic Claude 3.5 Haiku",
        "On-demand latency-optimized model inference tokens per minute for Anthropic Claude 3.5 Haiku",
        "Model invocation max tokens per day for Anthropic Claude 3.5 Haiku",
        ACROSS_REGIONS,
        ANYWHERE,
    ],
)
def test_a_name_that_is_only_like_the_models_is_another_models(catalogue: BedrockCatalogue, name: str) -> None:
    scripted = ScriptedQuotas({APPLIED: [page((name, 100.0))], DEFAULTS: [page((name, 100.0))]})

    assert known(AwsQuotas(scripted, catalogue), [HAIKU]) == {}


def test_the_name_with_the_version_goes_before_the_name_without(catalogue: BedrockCatalogue) -> None:
    scripted = ScriptedQuotas({APPLIED: [page((ON_DEMAND, 100.0), (f"{ON_DEMAND} V1", 900.0))]})

    assert known(AwsQuotas(scripted, catalogue), [HAIKU]) == {HAIKU: 900}


def test_of_a_name_that_is_listed_twice_the_lowest_value_counts(catalogue: BedrockCatalogue) -> None:
    rows = page((ON_DEMAND, 900.0), (ON_DEMAND, 300.0)), page((ON_DEMAND, 500.0))
    scripted = ScriptedQuotas({APPLIED: list(rows)})

    assert known(AwsQuotas(scripted, catalogue), [HAIKU]) == {HAIKU: 300}


def test_of_the_older_and_the_newer_words_the_lower_value_counts(catalogue: BedrockCatalogue) -> None:
    newer = "On-demand InvokeModel tokens per minute for Anthropic Claude 3.5 Haiku"
    scripted = ScriptedQuotas({APPLIED: [page((newer, 900.0), (ON_DEMAND, 300.0))]})

    assert known(AwsQuotas(scripted, catalogue), [HAIKU]) == {HAIKU: 300}


def test_an_account_that_was_given_no_tokens_has_none_and_not_the_default(catalogue: BedrockCatalogue) -> None:
    scripted = ScriptedQuotas({APPLIED: [page((ON_DEMAND, 0.0))], DEFAULTS: [page((ON_DEMAND, 6_000_000.0))]})
    quotas = AwsQuotas(scripted, catalogue)

    (found,) = quotas.of([HAIKU]).values()

    assert (found.tokens_per_minute, found.named, found.closed) == (0, ON_DEMAND, True)
    assert quotas.defaults([HAIKU])[HAIKU].tokens_per_minute == 6_000_000


@pytest.mark.parametrize("ending", ["", " (doubled for cross-region calls)"])
@pytest.mark.parametrize(("a_day", "a_minute"), [(0.0, 0), (1.0, 500)])
def test_an_account_without_tokens_for_a_day_has_none_for_a_minute(
    catalogue: BedrockCatalogue, a_day: float, a_minute: int, ending: str
) -> None:
    daily = f"Model invocation max tokens per day for Anthropic Claude 3.5 Haiku{ending}"
    scripted = ScriptedQuotas({APPLIED: [page((ON_DEMAND, 500.0), (daily, a_day))]})

    (found,) = AwsQuotas(scripted, catalogue).of([HAIKU]).values()

    assert (found.tokens_per_minute, found.named) == (a_minute, ON_DEMAND if a_minute else daily)


@pytest.mark.parametrize(
    "rows",
    [
        page((ON_DEMAND, 0.0), ("On-demand InvokeModel tokens per minute for Anthropic Claude 3.5 Haiku", 300.0)),
        page((ON_DEMAND, 300.0), (ON_DEMAND, 0.0)),
    ],
)
def test_a_row_of_nothing_closes_no_model_of_which_another_row_says_more(
    catalogue: BedrockCatalogue, rows: dict[str, Any]
) -> None:
    assert known(AwsQuotas(ScriptedQuotas({APPLIED: [rows]}), catalogue), [HAIKU]) == {HAIKU: 300}


def test_less_than_a_token_is_not_nothing(catalogue: BedrockCatalogue) -> None:
    scripted = ScriptedQuotas({APPLIED: [page((ON_DEMAND, 0.5))]})

    assert known(AwsQuotas(scripted, catalogue), [HAIKU]) == {HAIKU: 1}


def test_why_a_quota_is_not_known_is_told(catalogue: BedrockCatalogue) -> None:
    nobody, unlisted = "anthropic.claude-nobody-v1:0", LITE
    quotas = AwsQuotas(ScriptedQuotas({APPLIED: [page((ON_DEMAND, 5.0))]}), catalogue)
    silent = AwsQuotas(ScriptedQuotas({APPLIED: [refusal("AccessDeniedException")]}), catalogue)

    reasons = {model: quota.unknown_because for model, quota in quotas.of([HAIKU, nobody, unlisted]).items()}

    assert reasons[HAIKU] is None
    assert reasons[nobody] == "the catalogue of this account and region does not have the model"
    assert reasons[unlisted] == "Service Quotas lists no tokens per minute of Amazon Nova Lite"
    assert "AccessDeniedException" in str(silent.of([HAIKU])[HAIKU].unknown_because)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"Quotas": None},
        {"Quotas": [{}]},
        {"Quotas": [{"QuotaName": ON_DEMAND}]},
        {"Quotas": [{"Value": 5.0}]},
        page((ON_DEMAND, None)),
        page((ON_DEMAND, "5000")),
        page((ON_DEMAND, float("nan"))),
        page((ON_DEMAND, float("inf"))),
        page((ON_DEMAND, -5.0)),
        page((["name"], 5.0)),
    ],
)
def test_a_row_that_makes_no_sense_says_nothing(catalogue: BedrockCatalogue, odd: dict[str, Any]) -> None:
    scripted = ScriptedQuotas({APPLIED: [odd], DEFAULTS: [odd, page((ON_DEMAND, 5_000.0))]})

    assert known(AwsQuotas(scripted, catalogue), [HAIKU]) == {HAIKU: 5_000}


ANYTHING = st.one_of(
    st.none(), st.integers(), st.floats(), st.text(max_size=5), st.just(ON_DEMAND), st.lists(st.none())
)
ROWS = st.lists(st.dictionaries(st.sampled_from(["QuotaName", "Value", "Unit"]), ANYTHING), max_size=5)


@given(st.lists(st.fixed_dictionaries({"Quotas": st.none() | ROWS}), max_size=3))
def test_whatever_is_listed_gives_whole_numbers_or_nothing(catalogue: BedrockCatalogue, pages: list[Any]) -> None:
    quotas = known(AwsQuotas(ScriptedQuotas({APPLIED: pages, DEFAULTS: pages}), catalogue), [HAIKU])

    assert all(type(value) is int for value in quotas.values())
    assert all(value >= 0 for value in quotas.values())


def test_a_listing_without_an_end_is_left(catalogue: BedrockCatalogue) -> None:
    scripted = ScriptedQuotas({APPLIED: [page((ON_DEMAND, 5.0))] * (MOST_PAGES + 50)})

    assert known(AwsQuotas(scripted, catalogue), [HAIKU]) == {HAIKU: 5}
    assert scripted.pages_read == MOST_PAGES


@pytest.mark.parametrize(
    "error",
    [
        refusal("AccessDeniedException"),
        refusal("TooManyRequestsException"),
        refusal("NoSuchResourceException"),
        EndpointConnectionError(endpoint_url="u"),
        PaginationError(message="The same next token was received twice"),
    ],
)
@pytest.mark.parametrize("where", [APPLIED, DEFAULTS])
def test_whoever_does_not_answer_has_said_nothing(
    catalogue: BedrockCatalogue, where: str, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    scripted = ScriptedQuotas({APPLIED: [page((ON_DEMAND, 5.0))], where: [error]})

    quotas = known(AwsQuotas(scripted, catalogue), [HAIKU, LITE])

    assert quotas == {}
    assert caplog.records == []


def test_a_listing_that_failed_is_asked_for_again_in_the_next_run(catalogue: BedrockCatalogue) -> None:
    pages: dict[str, list[Any]] = {APPLIED: [refusal("TooManyRequestsException")]}
    quotas = AwsQuotas(ScriptedQuotas(pages), catalogue)
    failed = known(quotas, [HAIKU])
    pages[APPLIED] = [page((ON_DEMAND, 5.0))]

    assert (failed, known(quotas, [HAIKU])) == ({}, {HAIKU: 5})


def test_a_catalogue_that_does_not_answer_leaves_quotas_unknown(stubbed: tuple[Any, Stubber]) -> None:
    bedrock, stubber = stubbed
    stubber.add_client_error("list_foundation_models", "AccessDeniedException", http_status_code=403)
    scripted = ScriptedQuotas({APPLIED: [page((ON_DEMAND, 5.0))]})

    assert known(AwsQuotas(scripted, BedrockCatalogue(bedrock)), [HAIKU]) == {}


# The applications' own profiles, which the embedded Bedrock has none of

OWN = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:application-inference-profile/abc123"
SUMMARY = {
    "modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{HAIKU}",
    "modelId": HAIKU,
    "modelName": "Claude 3.5 Haiku",
    "providerName": "Anthropic",
}
OF_HAIKU = ScriptedQuotas(
    {
        APPLIED: [
            page(
                (ON_DEMAND, 1.0),
                (ACROSS_REGIONS, 2.0),
                ("Global cross-region model inference tokens per minute for Anthropic Claude 3.5 Haiku", 3.0),
            )
        ]
    }
)


def lists(stubber: Stubber, summary: Mapping[str, str], *profiles: Mapping[str, Any]) -> None:
    """The catalogue holds one model, and profiles of it."""
    stubber.add_response("list_foundation_models", {"modelSummaries": [summary]})
    stubber.add_response("list_inference_profiles", {"inferenceProfileSummaries": list(profiles)})


def own_profile(*regions: str) -> dict[str, Any]:
    return {
        "inferenceProfileName": "ours",
        "inferenceProfileArn": OWN,
        "inferenceProfileId": "abc123",
        "models": [{"modelArn": f"arn:aws:bedrock:{region}::foundation-model/{HAIKU}"} for region in regions],
        "status": "ACTIVE",
        "type": "APPLICATION",
    }


@pytest.mark.parametrize(
    ("regions", "tokens"),
    [(("us-east-1",), 1), (("us-east-1", "us-west-2"), 2), (("us-east-1", "eu-west-1", ""), 3)],
)
def test_an_applications_own_profile_has_the_quota_of_what_it_was_copied_from(
    stubbed: tuple[Any, Stubber], regions: tuple[str, ...], tokens: int
) -> None:
    bedrock, stubber = stubbed
    lists(stubber, SUMMARY)
    stubber.add_response("get_inference_profile", own_profile(*regions), {"inferenceProfileIdentifier": OWN})

    assert known(AwsQuotas(OF_HAIKU, BedrockCatalogue(bedrock)), [OWN]) == {OWN: tokens}


def test_an_own_profile_that_is_gone_is_unknown_and_asked_for_once(stubbed: tuple[Any, Stubber]) -> None:
    bedrock, stubber = stubbed
    lists(stubber, SUMMARY)
    stubber.add_client_error("get_inference_profile", "ResourceNotFoundException", http_status_code=404)
    catalogue = BedrockCatalogue(bedrock)

    assert (catalogue.listed(OWN), catalogue.facts(OWN)) == (None, None)


def test_an_own_profile_has_the_facts_of_its_model(stubbed: tuple[Any, Stubber]) -> None:
    bedrock, stubber = stubbed
    lists(stubber, SUMMARY)
    stubber.add_response("get_inference_profile", own_profile("us-east-1", "us-west-2"))
    available = {
        "modelId": HAIKU,
        "agreementAvailability": {"status": "AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE",
    }
    stubber.add_response("get_foundation_model_availability", available, {"modelId": HAIKU})

    facts = BedrockCatalogue(bedrock).facts(OWN)

    assert facts is not None
    assert (facts.regions, facts.unavailable_because) == (("us-east-1", "us-west-2"), None)


@pytest.mark.parametrize("missing", ["modelName", "providerName"])
def test_a_model_without_a_whole_name_is_not_named(stubbed: tuple[Any, Stubber], missing: str) -> None:
    bedrock, stubber = stubbed
    lists(stubber, {name: value for name, value in SUMMARY.items() if name != missing})

    assert BedrockCatalogue(bedrock).listed(HAIKU) is None


def test_an_unknown_id_is_not_asked_for_as_a_profile(stubbed: tuple[Any, Stubber]) -> None:
    bedrock, stubber = stubbed
    lists(stubber, SUMMARY)

    assert BedrockCatalogue(bedrock).listed("anthropic.claude-nobody-v1:0") is None


def test_a_profile_that_routes_further_by_now_is_seen_after_some_minutes(stubbed: tuple[Any, Stubber]) -> None:
    bedrock, stubber = stubbed
    of_the_system = {"inferenceProfileId": f"us.{HAIKU}", "type": "SYSTEM_DEFINED"}
    lists(stubber, SUMMARY, own_profile("us-east-1") | of_the_system)
    lists(stubber, SUMMARY, own_profile("us-east-1", "") | of_the_system)
    times = iter((0.0, FRESH_S, FRESH_S + 1, FRESH_S + 1))
    catalogue = BedrockCatalogue(bedrock, now=lambda: next(times))

    reaches = [listed and listed.reach for listed in (catalogue.listed(f"us.{HAIKU}") for _ in range(3))]

    assert reaches == ["geo", "geo", "global"]


def test_a_profile_of_the_system_crosses_regions_although_it_has_one(stubbed: tuple[Any, Stubber]) -> None:
    bedrock, stubber = stubbed
    of_the_system = {**own_profile("us-east-1"), "inferenceProfileId": f"us.{HAIKU}", "type": "SYSTEM_DEFINED"}
    lists(stubber, SUMMARY, of_the_system)

    listed = BedrockCatalogue(bedrock).listed(f"us.{HAIKU}")

    assert listed == ListedModel(model_id=HAIKU, name="Anthropic Claude 3.5 Haiku", reach="geo")
