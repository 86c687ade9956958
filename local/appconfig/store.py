"""What the embedded AppConfig remembers; a lock around everything, for its tests look in from other threads."""

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from local.appconfig.deployments import PREDEFINED, Deployment, Strategy, Trigger
from local.appconfig.faults import AppConfigError, missing
from local.appconfig.flags import checked_flags, delivered_flags

FLAGS = "AWS.AppConfig.FeatureFlags"
Named = TypeVar("Named", "Application", "Environment", "Profile")
LARGEST = 2 << 20  # bytes of a hosted version
TOKEN_LIVES_S = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedVersion:
    """Immutable content with its number."""

    number: int
    content: bytes
    content_type: str
    description: str = ""


@dataclass(slots=True, kw_only=True)
class Profile:
    """A configuration, in all its versions."""

    id: str
    name: str
    type: str
    location: str
    versions: dict[int, HostedVersion] = field(default_factory=dict)

    def delivered(self, number: int) -> tuple[bytes, str]:
        """Content and its type, as readers get them."""
        version = self.versions[number]
        if self.type == FLAGS:
            return delivered_flags(version.content), "application/json"
        return version.content, version.content_type


@dataclass(slots=True, kw_only=True)
class Environment:
    """Where versions are deployed to."""

    id: str
    name: str
    monitors: list[Mapping[str, Any]] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)

    def running(self, profile: str, now_s: float) -> Deployment | None:
        return next((it for it in self.deployments if it.profile == profile and it.runs(now_s)), None)


@dataclass(slots=True, kw_only=True)
class Application:
    """A namespace."""

    id: str
    name: str
    environments: dict[str, Environment] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Session:
    """A client that polls.

    Attributes:
        place: where it stands among all clients, in [0, 100): a deployment reaches it when its percentage does.
        sent: the version that it got last.
    """

    application: Application
    environment: Environment
    profile: Profile
    place: float
    interval_s: int
    enforced: bool
    sent: int | None = None
    polled_s: float | None = None


class Store:
    """Every application of the embedded AppConfig.

    Args:
        clock: seconds since 1970.
        seed: of ids, tokens and of where clients stand.
    """

    def __init__(self, clock: Callable[[], float], seed: int) -> None:
        self.lock = threading.RLock()
        self.ringing = False  # an alarm that environments watch is on: whatever is deployed is rolled back at once
        self.clock = clock
        self.applications: dict[str, Application] = {}
        self.strategies: dict[str, Strategy] = {each.id: each for each in PREDEFINED}
        self._tokens: dict[str, tuple[Session, float]] = {}
        self._random = random.Random(seed)  # noqa: S311 - ids of a simulator

    # What there is

    def new_id(self) -> str:
        return "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=7))

    def application(self, name: str) -> Application:
        """By id, and on the data plane by name as well."""
        return _found(self.applications, name, "Application")

    def environment(self, application: str, name: str) -> Environment:
        return _found(self.application(application).environments, name, "Environment")

    def profile(self, application: str, name: str) -> Profile:
        return _found(self.application(application).profiles, name, "ConfigurationProfile")

    # Versions and deployments

    def add_version(
        self, profile: Profile, content: bytes, content_type: str, description: str, latest: int | None
    ) -> HostedVersion:
        if len(content) > LARGEST:
            raise AppConfigError("PayloadTooLargeException", "The content is too large.")
        newest = max(profile.versions, default=0)
        if latest is not None and latest != newest:
            raise AppConfigError("ConflictException", f"The latest version is {newest}, not {latest}.")
        if profile.type == FLAGS:
            checked_flags(content)
        version = HostedVersion(number=newest + 1, content=content, content_type=content_type, description=description)
        profile.versions[version.number] = version
        return version

    def deploy(
        self, environment: Environment, profile: Profile, version: str, strategy: Strategy, description: str
    ) -> Deployment:
        now_s = self.clock()
        if environment.running(profile.id, now_s) is not None:
            raise AppConfigError("ConflictException", "A deployment of this profile is already under way.")
        if not version.isdigit() or int(version) not in profile.versions:
            raise missing("ConfigurationVersion", version)
        started = {"EventType": "DEPLOYMENT_STARTED", "TriggeredBy": "USER", "OccurredAt": now_s}
        deployment = Deployment(
            number=len(environment.deployments) + 1,
            profile=profile.id,
            profile_name=profile.name,
            version=int(version),
            strategy=strategy,
            began_s=now_s,
            description=description,
            events=[started],
        )
        environment.deployments.append(deployment)
        if self.ringing:
            deployment.roll_back(now_s, "CLOUDWATCH_ALARM")
        return deployment

    def deployment(self, environment: Environment, number: int) -> Deployment:
        if not 0 < number <= len(environment.deployments):
            raise missing("Deployment", number)
        return environment.deployments[number - 1]

    def stop(self, deployment: Deployment, *, allow_revert: bool, trigger: Trigger = "USER") -> None:
        now_s = self.clock()
        stops = deployment.state(now_s) == "DEPLOYING"
        reverts = allow_revert and (deployment.runs(now_s) or deployment.may_be_reverted(now_s))
        if not (stops or reverts):
            raise AppConfigError("BadRequestException", f"A deployment in {deployment.state(now_s)} cannot be stopped.")
        deployment.take_back(now_s, trigger)

    # Reading

    def version_for(self, environment: Environment, profile: Profile, place: float) -> int | None:
        """The version that a client at ``place`` gets; None before the first deployment."""
        now_s = self.clock()
        for deployment in reversed(environment.deployments):
            counts = deployment.profile == profile.id and deployment.taken_back is None
            if counts and deployment.percentage(now_s) > place:
                return deployment.version
        return None

    def open_session(self, session: Session) -> str:
        return self._token(session)

    def new_place(self) -> float:
        return self._random.uniform(0, 100)

    def poll(self, token: str) -> tuple[Session, str, tuple[bytes, str] | None]:
        """What is new for a client, if anything, and the token of its next poll.

        Raises:
            AppConfigError: the token was used before, or is too old, or the client is in too great a hurry.
        """
        now_s = self.clock()
        session, issued_s = self._tokens.get(token, (None, 0.0))
        if session is None:
            raise _bad_token("Corrupted")
        if now_s - issued_s > TOKEN_LIVES_S:
            raise _bad_token("Expired")
        if session.enforced and session.polled_s is not None and now_s - session.polled_s < session.interval_s:
            raise _bad_token("PollIntervalNotSatisfied")
        version = self.version_for(session.environment, session.profile, session.place)
        if version is None:
            raise missing("Deployed configuration of profile", session.profile.name)
        del self._tokens[token]
        session.polled_s = now_s
        news = None if version == session.sent else session.profile.delivered(version)
        session.sent = version
        return session, self._token(session), news

    def _token(self, session: Session) -> str:
        token = f"token-{self._random.getrandbits(128):032x}"
        self._tokens[token] = (session, self.clock())
        return token


def _found(things: Mapping[str, Named], name: str, kind: str) -> Named:
    thing = things.get(name) or next((it for it in things.values() if it.name == name), None)
    if thing is None:
        raise missing(kind, name)
    return thing


def _bad_token(problem: str) -> AppConfigError:
    details = {"InvalidParameters": {"ConfigurationToken": {"Problem": problem}}}
    return AppConfigError(
        "BadRequestException",
        f"The configuration token is not valid: {problem}.",
        members={"Reason": "InvalidParameters", "Details": details},
    )
