"""``brainswap rollout status`` against a stack in moto and the embedded AppConfig."""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from moto import mock_aws

from brainswap.adapters.appconfig_routes import AppConfigRoutes
from brainswap.core.rollout.routes import document_of
from local.account import rollouts
from local.appconfig.server import EmbeddedAppConfig
from tests.cli.conftest import Said
from tests.cli.test_rolling_back import TABLE, records, template
from tests.fakes.routed import SOURCE_MODEL, TARGET_MODEL, WORKLOAD, route_of, version

BUCKET = "versions"
RUNNING = frozenset({"running"})
HOSTILE = "\x1b[2Jgone\r\n\u202eevil"
LOOKED = {
    "at": "2027-01-15T08:05:00+00:00",
    "step": 0,
    "bake": 1,
    "decision": "hold",
    "reason": "the target has 3 of 900 requests",
    "guards": [
        {
            "measure": "errors",
            "finding": "doubtful",
            "margin": "0.02",
            "source": [900, 9],
            "target": [100, 4],
            "difference": "0.03",
            "low": "-0.005",
            "high": "0.12",
            "detail": "in words",
        },
        {
            "measure": "throttles",
            "finding": "missing",
            "margin": "0.02",
            "source": [900, 0],
            "target": None,
            "difference": None,
            "low": None,
            "high": None,
            "detail": f"throttles: nothing is known of the target {HOSTILE}",
        },
    ],
}
FACTS: dict[str, Any] = {
    "started_at": "2027-01-15T08:00:00+00:00",
    "percent": 10,
    "source_model": SOURCE_MODEL,
    "source_prompt": "p" * 64,
    "target_model": TARGET_MODEL,
    "target_prompt": "q" * 64,
    "back_version": 1,
    "step_since": "2027-01-15T08:00:00+00:00",
    "plan": {"steps": [10, 100], "bakes": 2},
    "shadow": {"percent": 20, "budget_usd": "5"},
    "shadow_most": 2500,
    "per_1000_usd": "2.0",
    "place": {"step": 0, "bake": 2, "ends_at": "2999-01-15T08:10:00+00:00"},
    "looked": LOOKED,
    "versions": {"1": 2},
    "remarks": [f"the way back: {HOSTILE}"],
}


@pytest.fixture
def appconfig() -> Iterator[EmbeddedAppConfig]:
    ticks = itertools.count(1_800_000_000, 30)
    with EmbeddedAppConfig(clock=lambda: float(next(ticks))) as served:
        yield served


@pytest.fixture
def ids(appconfig: EmbeddedAppConfig) -> Mapping[str, str]:
    return appconfig.found()


@pytest.fixture
def account(
    brainswap: Callable[..., Said],
    monkeypatch: pytest.MonkeyPatch,
    appconfig: EmbeddedAppConfig,
    ids: Mapping[str, str],
) -> Iterator[Callable[..., Said]]:
    """A stack in which ten per cent of a workload's traffic have moved; the command, as its caller has it."""
    for name, value in {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", **appconfig.endpoints}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("BRAINSWAP_STACK", raising=False)
    monkeypatch.setattr(rollouts, "LOOK_S", 0.01)
    with mock_aws():
        where: Any = {"LocationConstraint": "eu-west-1"}
        boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        stack = template(ids)
        stack["Outputs"]["BucketName"] = {"Value": BUCKET}
        boto3.client("cloudformation").create_stack(StackName="Brainswap", TemplateBody=json.dumps(stack))
        yield brainswap


def begun(ids: Mapping[str, str], **changes: Any) -> None:
    """Ten per cent of the traffic have moved, and the record says so."""
    route = route_of(version(SOURCE_MODEL), version(TARGET_MODEL), share=1000)
    routes = AppConfigRoutes(boto3.client("appconfig"), sleep=time.sleep, **ids)
    routes.deploy(WORKLOAD, routes.publish(WORKLOAD, document_of(route), "a test"), "a test")
    facts = {**FACTS, "source_sha256": route.source.sha256, "target_sha256": route.target.sha256, **changes}
    assert records().claim(WORKLOAD, "run-1", facts)
    boto3.client("s3").put_object(Bucket=BUCKET, Key=route.source.key(WORKLOAD), Body=b"{}")
    item = {"pk": {"S": "SHADOW#run-1"}, "sk": {"S": "ASKED"}, "asked": {"N": "120"}}
    boto3.client("dynamodb").put_item(TableName=TABLE, Item=item)


def test_one_command_says_what_is_in_force_what_was_seen_and_what_is_waited_for(
    account: Callable[..., Said], ids: Mapping[str, str]
) -> None:
    begun(ids)

    said = account("rollout", "status", WORKLOAD)

    assert (said.code, said.err) == (0, "")
    for expected in (
        f"{WORKLOAD}  running since 2027-01-15 08:00 UTC  (run-1)",
        f"source  90 % at {SOURCE_MODEL}, prompt pppppppppppp",
        f"target  10 % at {TARGET_MODEL}, prompt qqqqqqqqqqqq",
        "step 1 of 2 (10 %) since 08:00, bake 2 of 2 ends 2999-01-15 08:10 UTC; then 100 %",
        "waits for the end of bake 2 of 2 of step 1 at 2999-01-15 08:10 UTC",
        "last look  2027-01-15 08:05 UTC at bake 1 of step 1: it waits on",
        "errors  held  4 of 100 (4.0 %) against 9 of 900 (1.0 %), difference +3.0 points (\u22120.5 to +12.0), margin",
        "throttles  held  throttles: nothing is known of the target",
        "because the target has 3 of 900 requests",
        "shadow  120 of 2,500 requests set aside; cost at most $0.24 of $5.00",
        f"way back  brainswap rollback {WORKLOAD}; its model is watched for 30 days after the end",
    ):
        assert expected in said.out
    assert "WARNING" not in said.out


def test_nothing_that_others_wrote_steers_the_terminal(account: Callable[..., Said], ids: Mapping[str, str]) -> None:
    begun(ids, source_model=HOSTILE, target_prompt=HOSTILE, reason=HOSTILE, by=HOSTILE)

    shown = account("rollout", "status", WORKLOAD).out + account("rollout", "status").out

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\\x1b[2Jgone\\r\\n\\u202eevil" in shown


def test_machines_get_one_document_or_a_list(account: Callable[..., Said], ids: Mapping[str, str]) -> None:
    begun(ids)

    one = json.loads(account("rollout", "status", WORKLOAD, "--json").out)
    every = json.loads(account("rollout", "status", "--json").out)

    assert (one["schema"], one["percent"], one["source"]["percent"]) == ("brainswap.rollout/1", 10, 90)
    assert one["applications_are_told"] == {"rollout": "run-1", "step": 1, "percent": 10.0}
    assert [each["workload"] for each in every] == [WORKLOAD]
    assert every[0]["last_look"] == one["last_look"]


def test_a_version_that_somebody_deployed_by_hand_is_a_warning(
    account: Callable[..., Said], ids: Mapping[str, str]
) -> None:
    begun(ids, percent=50)

    said = account("rollout", "status", WORKLOAD)

    assert "WARNING  applications are told by run-1 that 10 % go to the target, and the record says 50 %" in said.out


def test_routes_that_cannot_be_read_are_unknown_with_a_reason(
    account: Callable[..., Said], appconfig: EmbeddedAppConfig, ids: Mapping[str, str]
) -> None:
    begun(ids)
    appconfig.outage = "errors"

    told = json.loads(account("rollout", "status", WORKLOAD, "--json").out)

    assert told["applications_are_told"] is None
    assert told["applications_are_told_unknown"]


def test_an_account_without_roll_outs_says_so(account: Callable[..., Said]) -> None:
    assert account("rollout", "status").out.startswith("No roll-out has begun yet.")
    assert json.loads(account("rollout", "status", "--json").out) == []

    one = account("rollout", "status", "another")

    assert (one.code, one.out) == (2, "")
    assert one.err.startswith("No roll-out of another is known.")


def test_a_record_that_is_none_is_an_error(account: Callable[..., Said], ids: Mapping[str, str]) -> None:
    begun(ids, plan={"steps": 7})

    said = account("rollout", "status", WORKLOAD)

    assert said.code == 2
    assert "does not have its form" in said.err


@pytest.mark.parametrize(("status", "code"), [("rolled_back", 0), ("failed", 1)])
def test_watching_says_what_is_new_until_the_end(
    account: Callable[..., Said], ids: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, status: str, code: int
) -> None:
    begun(ids)

    def ends(_seconds: float) -> None:
        facts = {"status": status, "reason": "so it was", "percent": 0, "ended_at": "2027-01-15T09:00:00+00:00"}
        records().note(WORKLOAD, "run-1", facts, expecting=RUNNING)

    monkeypatch.setattr(time, "sleep", ends)

    said = account("rollout", "status", WORKLOAD, "--watch")

    lines = said.err.splitlines()
    assert said.code == code
    assert len([line for line in lines if line.startswith("step 1 of 2 (10 %)")]) == 1
    assert lines[-1 - code].startswith(status.replace("_", " "))
    assert said.out.startswith(f"{WORKLOAD}  {status.replace('_', ' ')}")


def test_watching_wants_a_workload(account: Callable[..., Said]) -> None:
    said = account("rollout", "status", "--watch")

    assert said.code == 2
    assert "brainswap rollout status NAME --watch" in said.err
