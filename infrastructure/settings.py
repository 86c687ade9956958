"""Deploy-time settings, parsed once from CDK context and validated."""

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from infrastructure.webhooks import Webhook, webhooks

PREFIX = "brainswap:"

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""What CloudWatch Logs accepts (PutRetentionPolicy)."""

MOST_FUNCTIONS = 12  # whose ARNs fit into a policy and into the environment of a function

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

# CloudFormation takes 128 characters; AppConfig 64 for names that begin with it (CreateDeploymentStrategy), such as
# NAME-at-once.
_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,55}")
_NAMED_REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d+")
_REGION = re.compile(r"\*|[a-z]{2,3}(-[a-z]+)*-(\d+|\*)")
# A key travels with each request, so that nothing but TLS will do; a user in front of the host would be a secret here.
_HTTPS_URL = re.compile(r"https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?(/[^\s?#@]*)?(\?[^\s#]*)?")
_FUNCTION = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:(\*|\$LATEST|[A-Za-z0-9_-]{1,128}))?"
)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_KEY = re.compile(
    r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)
# Of what AWS allows, what needs no quoting; keys that begin with aws: are its own.
_TAG = re.compile(r"(?!aws:)[A-Za-z0-9_.:/@+-]{1,128}=[A-Za-z0-9_.:/=@+ -]{0,256}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class InvalidSettingsError(ValueError):
    """The context says something that no deployment can follow; the message names every problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one stack is deployed; each attribute is the context key ``brainswap:<attribute-with-dashes>``.

    Attributes:
        stack_name: several stacks with different names may stand side by side in one account and region.
        log_retention_days: of every log group.
        log_level: of the functions.
        removal_policy: what becomes of bucket, tables and logs when the stack is deleted. ``destroy`` still
            needs an empty bucket.
        answer_ttl_days: after these days a cached answer is forgotten, and asked and paid for again.
        model_regions: the regions in which models may be called, as in ``us-*``; also those to which an
            inference profile may pass a request on.
        scoring_functions: ARNs of the functions that scorers of type ``lambda`` may invoke, each exactly as workloads
            name it, or with ``*`` in the place of its version; none unless named.
        attachment_buckets: whose objects cases may name as attachments, besides the files of their own workload.
        watch_regions: whose models are watched besides those of the stack's own region.
        migrations_at_once: that start without a person; the others wait their turn.
        object_lock_days: for how long reports and decisions cannot be deleted; 0 for no lock. S3 never
            takes the lock from a bucket again, so that a stack with one goes down to 1 and not to 0.
        object_lock_mode: ``governance``: whoever holds ``s3:BypassGovernanceRetention`` deletes them all the same;
            ``compliance``: nobody does, nor the account's root.
        report_email: who gets a message with the verdict and links when a run has ended; nobody when None.
        alarm_email: who hears of failed migrations; nobody when None.
        portal: whether there is a page where people sign in, look through runs and decide.
        portal_teams: whether they see the workloads of their groups alone there, instead of all.
        webhooks: to which the stack's events are posted; see `Webhook`.
        openai_base_url: of the OpenAI-compatible endpoint of ``openai:`` models for which a workload names none;
            OpenAI's own when None.
        kms_key_arn: of the key that encrypts bucket, tables, topics, queues and logs; AWS's own keys when None.
        tags: each ``key=value``, on everything that can have one, besides ``application`` and ``stack``.
    """

    stack_name: str = "Brainswap"
    log_retention_days: int = 90
    log_level: str = "INFO"
    removal_policy: Literal["retain", "destroy"] = "retain"
    answer_ttl_days: int = 90
    model_regions: tuple[str, ...] = ("*",)
    scoring_functions: tuple[str, ...] = ()
    attachment_buckets: tuple[str, ...] = ()
    watch_regions: tuple[str, ...] = ()
    migrations_at_once: int = 5
    object_lock_days: int = 0
    object_lock_mode: Literal["governance", "compliance"] = "governance"
    report_email: str | None = None
    alarm_email: str | None = None
    portal: bool = False
    portal_teams: bool = False
    webhooks: tuple[Webhook, ...] = ()
    openai_base_url: str | None = None
    kms_key_arn: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def tags_by_key(self) -> Mapping[str, str]:
        return dict(tag.split("=", 1) for tag in self.tags)

    @property
    def retains(self) -> bool:
        return self.removal_policy == "retain"

    @property
    def retention(self) -> str | None:
        """Of final files, as their function is told it; None for none."""
        return f"{self.object_lock_mode.upper()} {self.object_lock_days}" if self.object_lock_days else None

    def document(self) -> dict[str, Any]:
        """The settings as in ``cdk.json``, by the part of their key behind ``brainswap:``."""
        as_json: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return {name.replace("_", "-"): "" if value is None else value for name, value in as_json.items()}

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Self:
        """Read the keys that begin with ``brainswap:``; texts from a command line are as good as JSON values.

        Raises:
            InvalidSettingsError: with every unknown key and every value out of bounds.
        """
        given = {key: value for key, value in context.items() if key.startswith(PREFIX)}
        values: dict[str, Any] = {}
        problems: list[str] = []
        for key, value in given.items():
            if key not in _PARSERS:
                problems.append(f"{key}: there is no such setting. Known are: {', '.join(_PARSERS)}")
                continue
            try:
                values[key.removeprefix(PREFIX).replace("-", "_")] = _PARSERS[key](value)
            except ValueError as error:
                problems.append(f"{key}: {error}, not {value!r}")
        if problems:
            raise InvalidSettingsError(problems)
        return cls(**values)


def _matching(pattern: re.Pattern[str], meaning: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"must be {meaning}")
        return value

    return parse


def _one_of(*choices: str) -> Callable[[Any], str]:
    return _matching(re.compile("|".join(choices)), f"one of {', '.join(choices)}")


def _whole_number(meaning: str, allowed: Callable[[int], bool]) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        text = str(value)
        if not re.fullmatch(r"\d{1,9}", text) or not allowed(int(text)):
            raise ValueError(f"must be {meaning}")
        return int(text)

    return parse


def _yes_or_no(value: Any) -> bool:
    if str(value).lower() not in {"true", "false", ""}:
        raise ValueError("must be true or false")
    return str(value).lower() == "true"


def _regions(value: Any) -> tuple[str, ...]:
    regions = value.split(",") if isinstance(value, str) else value
    meaning = "a list of regions or of patterns as us-*"
    if not isinstance(regions, list) or not regions:
        raise ValueError(f"must be {meaning}")
    region = _matching(_REGION, meaning)
    return tuple(dict.fromkeys(region(item.strip() if isinstance(item, str) else item) for item in regions))


def _named_regions(value: Any) -> tuple[str, ...]:
    """Empty, a list, or text with commas; no patterns, for each is asked by its name."""
    regions = [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    meaning = "a list of regions as us-east-1, or empty"
    region = _matching(_NAMED_REGION, meaning)
    items = regions if isinstance(regions, list) else [regions]
    return tuple(dict.fromkeys(region(item.strip() if isinstance(item, str) else item) for item in items))


def _functions(value: Any) -> tuple[str, ...]:
    """Empty, a list, or text with commas."""
    arns = [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    meaning = f"a list of at most {MOST_FUNCTIONS} ARNs of Lambda functions, whose version may be *"
    if not isinstance(arns, list) or len(arns) > MOST_FUNCTIONS:
        raise ValueError(f"must be {meaning}")
    arn = _matching(_FUNCTION, meaning)
    return tuple(dict.fromkeys(arn(item.strip() if isinstance(item, str) else item) for item in arns))


def _buckets(value: Any) -> tuple[str, ...]:
    names = [name for name in value.split(",") if name.strip()] if isinstance(value, str) else value
    bucket = _matching(_BUCKET, "a list of names of buckets")
    items = names if isinstance(names, list) else [names]
    return tuple(dict.fromkeys(bucket(item.strip() if isinstance(item, str) else item) for item in items))


def _tags(value: Any) -> tuple[str, ...]:
    """Empty, a list, or text with commas."""
    tags = [tag for tag in value.split(",") if tag.strip()] if isinstance(value, str) else value
    meaning = "a list of key=value, each key once"
    tag = _matching(_TAG, meaning)
    items = tags if isinstance(tags, list) else [tags]
    found = tuple(tag(item.strip() if isinstance(item, str) else item) for item in items)
    if len({each.partition("=")[0] for each in found}) < len(found):
        raise ValueError(f"must be {meaning}")
    return found


def _optional_key(value: Any) -> str | None:
    return _matching(_KEY, "the ARN of a KMS key (not of an alias), or empty")(value) if value else None


def _optional_email(value: Any) -> str | None:
    return _matching(_EMAIL, "an e-mail address, or empty")(value) if value else None


def _optional_url(value: Any) -> str | None:
    return _matching(_HTTPS_URL, "an https URL without a user, or empty")(value) if value else None


_PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "brainswap:stack-name": _matching(_STACK_NAME, "a letter with letters, digits and dashes after it, at most 56"),
    "brainswap:log-retention-days": _whole_number(
        f"one of {', '.join(map(str, RETENTION_DAYS))}", RETENTION_DAYS.__contains__
    ),
    "brainswap:log-level": _one_of(*LOG_LEVELS),
    "brainswap:removal-policy": _one_of("retain", "destroy"),
    "brainswap:answer-ttl-days": _whole_number("a number of days from 1 to 3650", range(1, 3651).__contains__),
    "brainswap:model-regions": _regions,
    "brainswap:scoring-functions": _functions,
    "brainswap:attachment-buckets": _buckets,
    "brainswap:watch-regions": _named_regions,
    "brainswap:migrations-at-once": _whole_number("a number from 1 to 100", range(1, 101).__contains__),
    "brainswap:object-lock-days": _whole_number("a number of days from 0 to 36500", range(36_501).__contains__),
    "brainswap:object-lock-mode": _one_of("governance", "compliance"),
    "brainswap:report-email": _optional_email,
    "brainswap:alarm-email": _optional_email,
    "brainswap:portal": _yes_or_no,
    "brainswap:portal-teams": _yes_or_no,
    "brainswap:webhooks": webhooks,
    "brainswap:openai-base-url": _optional_url,
    "brainswap:kms-key-arn": _optional_key,
    "brainswap:tags": _tags,
}
