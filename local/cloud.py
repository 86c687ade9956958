"""The cloud in one process: moto's S3, DynamoDB, EventBridge and Step Functions around the real handlers."""

import io
import json
import logging
import resource
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID

from brainswap.ports import Dependencies
from brainswap.runtime import NO_ACCOUNT, dependencies
from infrastructure.catalog import FUNCTIONS
from local.atomic_tables import atomic_tables
from local.descriptions import descriptions_read_once
from local.events import Delivery, events_delivered, put_rules
from local.functions import Observer, environment, handlers_in_process
from local.machines import machines_read_once, waiting_tasks_found
from local.objects import objects_in_files

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

ROOT = Path(__file__).resolve().parent.parent
MACHINE = ROOT / "state_machines" / "migration.asl.json"
ROLLOUT_MACHINE = ROOT / "state_machines" / "rollout.asl.json"
REGION = "us-east-1"
BUCKET = "brainswap-local"
LEDGER = "brainswap-ledger"
ANSWERS = "brainswap-answers"
BUS = "brainswap"
BATCH_ROLE = "arn:aws:iam::123456789012:role/batch"
POLL_S = 0.25  # a look costs the interpreter some ten milliseconds of the one that works
SMALL_OBJECT = 1 << 15  # bytes; larger ones go to disk, so that memory does not grow with the cases

Change = Callable[[dict[str, Any]], None]
"""Made to the definition of a state machine, in place."""

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local"}
# Buckets of the account that cases name files of; ours stays in this process.
_BUCKETS = rf"https://(?!{BUCKET}\.)[a-z0-9.-]+\.s3[.-][a-z0-9.-]*amazonaws\.com.*"
_ACCOUNT = r"https://(bedrock[a-z-]*|api\.pricing|servicequotas)\.[a-z0-9-]+\.(amazonaws\.com|api\.aws).*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an execution ended; ``error`` and ``cause`` are None unless it failed."""

    status: str
    error: str | None
    cause: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """What a client of the stack sees.

    Attributes:
        delivery: of events; None where none are delivered.
    """

    machine_arn: str
    bucket: str
    using: Dependencies
    delivery: Delivery | None = None
    rollout_machine_arn: str | None = None

    def start(self, run_id: str, request: Mapping[str, Any]) -> str:
        """Start an execution named as the run; return its ARN."""
        return _states().start_execution(
            stateMachineArn=self.machine_arn, name=run_id, input=json.dumps(dict(request))
        )["executionArn"]

    def wait(self, execution_arn: str) -> Outcome:
        """Wait for the end of an execution."""
        states = _states()
        while True:
            described = states.describe_execution(executionArn=execution_arn)
            if described["status"] != "RUNNING":
                return Outcome(status=described["status"], error=described.get("error"), cause=described.get("cause"))
            time.sleep(POLL_S)


def definition(file: Path, substitutions: Mapping[str, str], change: Change | None = None) -> str:
    """The file of a state machine with every placeholder filled."""
    text = file.read_text("utf-8")
    for name, value in substitutions.items():
        text = text.replace("${" + name + "}", value)
    if change is None:
        return text
    machine = json.loads(text)
    change(machine)
    return json.dumps(machine)


@contextmanager
def mocked_aws(*, real_bedrock: bool, own_credentials: bool) -> Iterator[None]:
    """Everything is moto's, except Bedrock where it is asked for real."""
    logging.getLogger("moto").setLevel(logging.CRITICAL)  # a failed task is in the execution's history already
    core: dict[str, Any] = {"reset_boto3_session": True, "mock_credentials": not own_credentials}
    if real_bedrock:
        core["passthrough"] = {"urls": [_ACCOUNT, *([_BUCKETS] if own_credentials else [])]}
    config: Any = {"core": core, "lambda": {"use_docker": False}, "stepfunctions": {"execute_state_machine": True}}
    settings = {"MOTO_S3_DEFAULT_KEY_BUFFER_SIZE": str(SMALL_OBJECT)}
    _allow_open_files()
    with (
        environment(settings),
        descriptions_read_once(),
        machines_read_once(),
        waiting_tasks_found(),
        objects_in_files(),
        mock_aws(config=config),
    ):
        yield


def _allow_open_files() -> None:
    """Let this process open as many files as it may: each object on disk is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextmanager
def local_cloud(
    *,
    realm: str,
    region: str = REGION,
    answers: Path | None = None,
    real_bedrock: bool = False,
    own_credentials: bool = False,
    account: bool = True,
    observer: Observer | None = None,
    events: bool = False,
    routes: Mapping[str, str] | None = None,
    change: Change | None = None,
) -> Iterator[Cloud]:
    """A stack of its own, gone when the block ends; only ``answers`` outlives it.

    Args:
        realm: see `brainswap.ports.Dependencies`.
        region: where the stack stands.
        answers: the file of the answer cache; DynamoDB where it is None.
        real_bedrock: let requests to Amazon Bedrock out.
        own_credentials: sign with the caller's credentials, which Bedrock needs and moto does not.
        account: somebody can be asked about prices and quotas.
        observer: is told of every invocation.
        events: reach the functions that the catalogue has rules for.
        routes: ids of an application, an environment and a strategy of AppConfig, by these names, whose clients are
            told where requests go; without them, no traffic can move.
        change: is made to each machine before it is there, for what nobody can wait for here.
    """
    with ExitStack() as stack:
        credentials = {} if own_credentials else _CREDENTIALS
        stack.enter_context(environment({**credentials, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}))
        stack.enter_context(mocked_aws(real_bedrock=real_bedrock, own_credentials=own_credentials))
        stack.enter_context(atomic_tables())
        stack.enter_context(handlers_in_process(observer))
        variables = {
            "BRAINSWAP_BUCKET": BUCKET,
            "BRAINSWAP_LEDGER_TABLE": LEDGER,
            "BRAINSWAP_ANSWER_TABLE": ANSWERS,
            "BRAINSWAP_BUS": BUS,
            "BRAINSWAP_REALM": realm,
            **({} if account else {"BRAINSWAP_ACCOUNT": NO_ACCOUNT}),
            **({} if real_bedrock else {"BRAINSWAP_BATCH_ROLE": BATCH_ROLE}),  # whose jobs could not read this S3
            **({"BRAINSWAP_ANSWER_FILE": str(answers)} if answers else {}),
            **{f"BRAINSWAP_ROUTES_{name.upper()}": value for name, value in (routes or {}).items()},
            **({} if routes is None else {"BRAINSWAP_ROLLOUT_MACHINE": _machine_arn(region, "rollout")}),
        }
        stack.enter_context(environment(variables))
        machine = _provision(region, variables, events=events, change=change)
        stack.enter_context(environment({"BRAINSWAP_MACHINE": machine}))
        delivery = stack.enter_context(events_delivered(region)) if events else None
        yield Cloud(
            machine_arn=machine,
            bucket=BUCKET,
            using=dependencies(),
            delivery=delivery,
            rollout_machine_arn=variables.get("BRAINSWAP_ROLLOUT_MACHINE"),
        )


def _provision(region: str, variables: Mapping[str, str], *, events: bool, change: Change | None) -> str:
    s3 = boto3.client("s3", region_name=region)
    where: Any = {} if region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=BUCKET, **where)
    dynamodb = boto3.client("dynamodb", region_name=region)
    for table, keys in ((LEDGER, ("pk", "sk")), (ANSWERS, ("pk",))):
        schema: Any = [
            {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ]
        attributes: Any = [{"AttributeName": key, "AttributeType": "S"} for key in keys]
        dynamodb.create_table(
            TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=schema, AttributeDefinitions=attributes
        )
    boto3.client("events", region_name=region).create_event_bus(Name=BUS)
    role = boto3.client("iam", region_name=region).create_role(RoleName="brainswap", AssumeRolePolicyDocument="{}")
    role_arn = role["Role"]["Arn"]
    arns = _functions(region, role_arn, variables)
    values = {
        **{f"{state}FunctionArn": arn for state, arn in arns.items()},
        "Partition": "aws",
        "Bucket": BUCKET,
        "LedgerTable": LEDGER,
    }
    machine = _states().create_state_machine(
        name="migration", roleArn=role_arn, definition=definition(MACHINE, values, change)
    )["stateMachineArn"]
    if "BRAINSWAP_ROLLOUT_MACHINE" in variables:
        _states().create_state_machine(
            name="rollout", roleArn=role_arn, definition=definition(ROLLOUT_MACHINE, values, change)
        )
    if events:  # moto answers with an error where a rule would reach a function that nobody delivers to
        moving = _machine_arn(region, "rollout")
        put_rules(region=region, bus=BUS, bucket=BUCKET, machine=machine, rollout_machine=moving, arns=arns)
        s3.put_bucket_notification_configuration(
            Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
    return machine


def _machine_arn(region: str, name: str) -> str:
    """Known before the machine is there, for functions that start it are made first."""
    return f"arn:aws:states:{region}:{DEFAULT_ACCOUNT_ID}:stateMachine:{name}"


def _functions(region: str, role_arn: str, variables: Mapping[str, str]) -> dict[str, str]:
    client = boto3.client("lambda", region_name=region)
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    return {
        row.state: client.create_function(
            FunctionName=row.state,
            Runtime="python3.13",
            Role=role_arn,
            Handler=row.handler,
            Timeout=row.timeout_s,
            MemorySize=row.memory_mb,
            Environment={"Variables": dict(variables)},
            Code={"ZipFile": empty.getvalue()},
        )["FunctionArn"]
        for row in FUNCTIONS
    }


def _states() -> "SFNClient":
    return boto3.client("stepfunctions")
