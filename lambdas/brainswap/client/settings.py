"""What the client has to be told, and where it is told so."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

POLL_S = 45
LEAST_POLL_S = 15
FLUSH_S = 60.0
LAMBDA_FLUSH_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where routes are read, and where outcomes go.

    Attributes:
        application: of AppConfig, by name or id; an output of the stack, as the next two are.
        environment: of AppConfig, by name or id.
        bucket: that holds the published versions.
        agent_url: of AWS AppConfig Agent or of its Lambda extension, such as ``http://localhost:2772``; AppConfig
            itself is asked where None.
        cache_dir: where the last good routes and versions are kept for the next process; nowhere where None.
        poll_s: how often a route is looked at.
        flush_s: how often outcomes are sent; with a print to the log after that time where ``on_lambda``.
        on_lambda: the process sleeps between requests, so that outcomes go to the log, as embedded metrics, while a
            request is there, and a route that is older than two polls is read before it is used.
        ledger_table: in which processes count together what the shadow of a roll-out asks; nothing is asked twice where
            None.
        region: of all of this; boto3's own rules where None.
    """

    application: str
    environment: str
    bucket: str
    agent_url: str | None = None
    cache_dir: Path | None = None
    poll_s: int = POLL_S
    flush_s: float = FLUSH_S
    on_lambda: bool = False
    ledger_table: str | None = None
    region: str | None = None

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] | None = None) -> "Settings":
        """Read ``BRAINSWAP_ROUTES_APPLICATION``, ``BRAINSWAP_ROUTES_ENVIRONMENT`` and ``BRAINSWAP_BUCKET``.

        ``BRAINSWAP_ROUTES_AGENT``, ``BRAINSWAP_ROUTES_CACHE``, ``BRAINSWAP_ROUTES_POLL_SECONDS`` and
        ``BRAINSWAP_LEDGER_TABLE`` may be there too.

        Raises:
            ValueError: one of the first three is not set, or the last is no number of at least 15.
        """
        told = os.environ if variables is None else variables
        needed = ("BRAINSWAP_ROUTES_APPLICATION", "BRAINSWAP_ROUTES_ENVIRONMENT", "BRAINSWAP_BUCKET")
        missing = [name for name in needed if not told.get(name)]
        if missing:
            raise ValueError(f"set {', '.join(missing)} to the stack's outputs of the same meaning")
        poll = told.get("BRAINSWAP_ROUTES_POLL_SECONDS", str(POLL_S))
        if not poll.isdigit() or int(poll) < LEAST_POLL_S:
            raise ValueError(f"BRAINSWAP_ROUTES_POLL_SECONDS is a number of at least {LEAST_POLL_S}, not {poll!r}")
        cache = told.get("BRAINSWAP_ROUTES_CACHE")
        on_lambda = bool(told.get("AWS_LAMBDA_FUNCTION_NAME"))
        return cls(
            application=told[needed[0]],
            environment=told[needed[1]],
            bucket=told[needed[2]],
            agent_url=told.get("BRAINSWAP_ROUTES_AGENT") or None,
            cache_dir=Path(cache) if cache else None,
            poll_s=int(poll),
            flush_s=LAMBDA_FLUSH_S if on_lambda else FLUSH_S,
            on_lambda=on_lambda,
            ledger_table=told.get("BRAINSWAP_LEDGER_TABLE") or None,
        )
