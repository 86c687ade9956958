"""``brainswap rollout status`` against a stack in moto and the embedded AppConfig."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3
import pytest
from moto import mock_aws

from brainswap.adapters.appconfig_routes import AppConfigRoutes
from brainswap.adapters.dynamodb_ledger import DynamoLedger
from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.core.rollout.judged import Judged
from brainswap.core.rollout.routes import document_of
from brainswap.core.triggering.measured import Measured
from brainswap.registry import facts_of, group_of
from brainswap.rollout.records import JudgedStep
from brainswap.rollout.standing import Standing, standing_of
from brainswap.verdicts import VERDICT
from local.account import rollouts
from local.account.telling_rollouts import lines_of, news_of
from local.account.told_routes import Told, contradiction
from local.appconfig.clocks import JumpingClock
from local.appconfig.server import EmbeddedAppConfig
from tests.cli.conftest import Said
from tests.cli.test_rolling_back import TABLE, records, template
from tests.fakes.routed import SOURCE_MODEL, TARGET_MODEL, WORKLOAD, route_of, version
from tests.fakes.workloads import facts

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
    "judged": JudgedStep(
        step=0,
        bake=1,
        by_variant={"source": Judged(good=39, bad=1), "target": Judged(good=3, bad=1, failed=9, because=HOSTILE)},
        usd=Decimal("0.25"),
    ).facts(),
    "remarks": [f"the way back: {HOSTILE}"],
}


@pytest.fixture
def appconfig() -> Iterator[EmbeddedAppConfig]:
    with EmbeddedAppConfig(clock=JumpingClock()) as served:
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
    kept = {**FACTS, "source_sha256": route.source.sha256, "target_sha256": route.target.sha256, **changes}
    assert records().claim(WORKLOAD, "run-1", kept)
    boto3.client("s3").put_object(Bucket=BUCKET, Key=route.source.key(WORKLOAD), Body=b"{}")
    item = {"pk": {"S": "SHADOW#run-1"}, "sk": {"S": "ASKED"}, "asked": {"N": "120"}}
    boto3.client("dynamodb").put_item(TableName=TABLE, Item=item)


def test_one_command_says_what_is_in_force_what_was_seen_and_what_is_waited_for(
    account: Callable[..., Said], appconfig: EmbeddedAppConfig, ids: Mapping[str, str]
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
        "judge  found bad 1 of 4 (25.0 %) of the target's answers and 1 of 40 (2.5 %) of the source's; at most $0.25",
        f"way back  brainswap rollback {WORKLOAD}; its model is watched for 30 days after the end",
    ):
        assert expected in said.out
    assert "WARNING" not in said.out

    one = json.loads(account("rollout", "status", WORKLOAD, "--json").out)
    every = json.loads(account("rollout", "status", "--json").out)

    assert (one["schema"], one["percent"], one["source"]["percent"]) == ("brainswap.rollout/1", 10, 90)
    assert one["applications_are_told"] == {"rollout": "run-1", "step": 1, "percent": 10.0}
    assert [each["workload"] for each in every] == [WORKLOAD]
    assert every[0]["last_look"] == one["last_look"]

    appconfig.outage = "errors"
    unread = json.loads(account("rollout", "status", WORKLOAD, "--json").out)

    assert unread["applications_are_told"] is None
    assert unread["applications_are_told_unknown"]


def standing(**changes: Any) -> Standing:
    item = {"run_id": "run-1", "status": "running", "source_sha256": "s" * 64, "target_sha256": "t" * 64}
    return standing_of(WORKLOAD, {**FACTS, **item, **changes}, asked=0, now=datetime(2027, 1, 15, tzinfo=UTC))


def test_nothing_that_others_wrote_steers_the_terminal() -> None:
    hostile = dict.fromkeys(("run_id", "source_model", "target_prompt", "target_sha256", "reason", "by"), HOSTILE)

    seen = [standing(**hostile, status=status) for status in ("running", "rolled_back", "rolling_back")]
    shown = "\n".join(line for one in seen for line in [*lines_of(one), *news_of(one)])

    assert not [sign for sign in shown if not sign.isprintable() and sign != "\n"]
    assert "\\x1b[2Jgone\\r\\n\\u202eevil" in shown


@pytest.mark.parametrize(
    ("told", "warned"),
    [
        (Told(rollout="run-1", step=1, percent=10.0), False),
        (Told(rollout="run-1", step=0, percent=0.0), True),
        (Told(rollout="run-0", step=1, percent=10.0), True),
        ("nobody can say", False),
    ],
)
def test_a_version_that_somebody_deployed_by_hand_is_a_warning(told: Told | str, *, warned: bool) -> None:
    found = contradiction(told, standing())

    assert (found is not None) is warned
    assert found is None or found.endswith("brainswap rollback support-triage sends everything to the source")
    assert contradiction(told, standing(status="rolling_back")) is None


def declined(run_id: str, decided_at: datetime) -> None:
    """A later verdict whose roll-out must not begin."""
    dynamodb = boto3.client("dynamodb")
    measured = Measured(
        workload=WORKLOAD,
        version="v1",
        targets=(),
        run_id=run_id,
        decided_at=decided_at,
        verdict="migrate",
        recommended=TARGET_MODEL,
        facts=facts(),
        prices={},
    )
    key = f"{VERDICT}{run_id}"
    assert DynamoRecords(dynamodb, TABLE).keep(group_of(WORKLOAD), key, facts_of(measured), over=None)
    DynamoLedger(dynamodb, TABLE).note(run_id, {"rollout": "declined", "rollout_reason": f"another runs {HOSTILE}"})


def test_later_runs_that_moved_nothing_say_why(account: Callable[..., Said], ids: Mapping[str, str]) -> None:
    declined("run-0", datetime(2027, 1, 1, tzinfo=UTC))
    before = account("rollout", "status", WORKLOAD)
    begun(ids)
    declined("run-2", datetime(2027, 1, 16, tzinfo=UTC))

    said = account("rollout", "status", WORKLOAD)
    told = json.loads(account("rollout", "status", WORKLOAD, "--json").out)

    assert before.code == 2
    assert "that of run-0 declined: another runs \\x1b[2J" in before.err
    assert "declined  run-2: another runs \\x1b[2J" in said.out
    assert list(told["declined_since"]) == ["run-2"]


def test_one_record_that_is_none_does_not_hide_the_others(account: Callable[..., Said], ids: Mapping[str, str]) -> None:
    begun(ids)
    assert records().claim("another", "run-9", {"percent": "many"})
    boto3.client("s3").put_object(Bucket=BUCKET, Key="published/another/x.json", Body=b"{}")

    every, one = account("rollout", "status"), account("rollout", "status", "another")

    assert (every.code, every.out.startswith(WORKLOAD), one.code) == (0, True, 2)
    assert "Warning: the record of another's roll-out does not have its form" in every.err
    assert one.err.startswith("the record of another's roll-out does not have its form")


def test_an_account_without_roll_outs_says_so(account: Callable[..., Said]) -> None:
    every, one = account("rollout", "status"), account("rollout", "status", "another")
    watched = account("rollout", "status", "--watch")

    assert (every.code, every.out.startswith("No roll-out has begun yet.")) == (0, True)
    assert (one.code, one.out, one.err.startswith("No roll-out of another is known.")) == (2, "", True)
    assert (watched.code, "brainswap rollout status NAME --watch" in watched.err) == (2, True)


@pytest.mark.parametrize(("status", "code"), [("rolled_back", 0), ("failed", 1)])
def test_watching_says_what_is_new_until_the_end(
    account: Callable[..., Said], ids: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, status: str, code: int
) -> None:
    begun(ids)

    def ends(_seconds: float) -> None:
        ended = {"status": status, "reason": "so it was", "percent": 0, "ended_at": "2027-01-15T09:00:00+00:00"}
        records().note(WORKLOAD, "run-1", ended, expecting=RUNNING)

    monkeypatch.setattr(time, "sleep", ends)

    said = account("rollout", "status", WORKLOAD, "--watch")

    lines = said.err.splitlines()
    assert said.code == code
    assert len([line for line in lines if line.startswith("step 1 of 2 (10 %)")]) == 1
    assert lines[-1 - code].startswith(status.replace("_", " "))
    assert said.out.startswith(f"{WORKLOAD}  {status.replace('_', ' ')}")
