"""Keys in AWS Secrets Manager, kept for some minutes so that a rotated one is noticed."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError

from brainswap.adapters.service_errors import printable
from brainswap.core.errors import BrainswapError, ModelAccessError, ModelUnavailableError

KEPT_S = 300.0
REFUSED_S = 1.0

_SERVER_ERROR = 500
_LATER = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What came of reading a secret.

    Attributes:
        until: when it is read again, on the clock.
    """

    until: float
    outcome: str | BrainswapError


class Secrets:
    """Secrets by name or ARN; of many who want one at once, one asks for all, also when nothing comes of it."""

    def __init__(self, client: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._lock = Lock()

    def value(self, name: str) -> str:
        """The key that a secret holds: its text, or the only value of the JSON object that its text is.

        Raises:
            ModelAccessError: there is no such secret, it may not be read, or it holds no key.
            ModelUnavailableError: Secrets Manager does not answer.
        """
        with self._lock:
            known = self._known.get(name)
            if known is None or self._clock() >= known.until:
                known = self._known[name] = self._read(name)
        if isinstance(known.outcome, BrainswapError):
            raise known.outcome
        return known.outcome

    def _read(self, name: str) -> _Known:
        try:
            key = _key(f"the secret {printable(name)}", self._text(name))
        except BrainswapError as error:
            return _Known(until=self._clock() + REFUSED_S, outcome=error)
        return _Known(until=self._clock() + KEPT_S, outcome=key)

    def _text(self, name: str) -> str | None:
        what = f"the secret {printable(name)}"
        try:
            text = self._client.get_secret_value(SecretId=name).get("SecretString")
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            code = error.response.get("Error", {}).get("Code", "error")
            later = status >= _SERVER_ERROR or code in _LATER
            raise (ModelUnavailableError if later else ModelAccessError)(f"{what}: {code}") from error
        except (HTTPClientError, UnreachableError) as error:
            raise ModelUnavailableError(f"{what}: {type(error).__name__}") from error
        except BotoCoreError as error:
            raise ModelAccessError(f"{what}: {type(error).__name__}") from error
        return text if isinstance(text, str) else None


def _key(what: str, text: str | None) -> str:
    """The key in a secret's text.

    Raises:
        ModelAccessError: there is none, or which it is cannot be told; nothing of the text is in the message.
    """
    if text is None:
        raise ModelAccessError(f"{what} holds bytes; store the key as text")
    key = text.strip()
    if key.startswith("{"):
        key = _only_text(key)
    if not key:
        raise ModelAccessError(
            f"{what} has to hold one key; store it as text, or as JSON with one entry whose value is a text"
        )
    return key


def _only_text(text: str) -> str:
    """The value of a JSON object with one entry; empty where the text is anything else.

    Nothing is raised from here: an error about JSON carries the JSON.
    """
    try:
        values = list(json.loads(text).values())
    except (ValueError, RecursionError):
        return ""
    return values[0].strip() if len(values) == 1 and isinstance(values[0], str) else ""
