"""Where a service of AWS is and who may ask it, as botocore sees it."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError

from brainswap.adapters.service_errors import printable
from brainswap.adapters.signing import Credentials, Scope
from brainswap.core.errors import ModelAccessError, ModelUnavailableError

if TYPE_CHECKING:
    from botocore.session import Session

SERVICE = "bedrock-runtime"
SIGNING_NAME = "bedrock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An endpoint of a service.

    Attributes:
        endpoint: its URL.
        scope: what signatures for it are good for.
        trust: the certificates that it may show; True for those that the system trusts.
    """

    endpoint: str
    scope: Scope
    trust: ssl.SSLContext | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a request needs: where it goes, and the credentials; None where a bearer token is used instead."""

    place: Place
    credentials: Credentials | None
    bearer_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    place: Place
    source: Any  # botocore's Credentials or RefreshableCredentials; None with a bearer token


class ServiceAccess:
    """Endpoint and credentials by botocore's own rules: environment, profile, container, instance; FIPS, dual stack.

    Whatever may take long (loading, refreshing) happens in a thread and once for all that wait for it.

    Args:
        open_session: a new session of botocore; called at the first request, and when credentials are refused.
        service: its name in botocore.
        signing_name: its name in signatures.
        region: goes before the session's own.
        endpoint: goes before the service's own.
        bearer_token: used instead of credentials.
    """

    def __init__(
        self,
        open_session: "Callable[[], Session]",
        *,
        service: str,
        signing_name: str,
        region: str | None = None,
        endpoint: str | None = None,
        bearer_token: str | None = None,
    ) -> None:
        self._open_session = open_session
        self._service = service
        self._signing_name = signing_name
        self._region = region
        self._endpoint = endpoint
        self._bearer_token = bearer_token and bearer_token.strip()
        self._opened: _Opened | None = None
        self._frozen: tuple[Any, Credentials] | None = None
        self._lock = Lock()

    async def grant(self) -> Grant:
        """What the next request needs.

        Raises:
            ModelAccessError: there is no region, or there are no credentials.
            ModelUnavailableError: whoever gives credentials out does not answer.
        """
        opened = self._opened
        if opened is None:
            opened = await asyncio.to_thread(self._open)
        if opened.source is None:
            return Grant(place=opened.place, credentials=None, bearer_token=self._bearer_token)
        if _has_to_refresh(opened.source):
            await asyncio.to_thread(_refresh, opened.source, self._service)
        return Grant(place=opened.place, credentials=self._credentials(opened.source))

    async def renew(self, refused: Grant) -> Grant | None:
        """Look for other credentials, unless somebody else has done so since; None when there is no other way.

        Raises:
            ModelAccessError: there is no region, or there are no credentials.
            ModelUnavailableError: whoever gives credentials out does not answer.
        """
        if refused.credentials is None:
            return None
        if (await self.grant()).credentials == refused.credentials:
            await asyncio.to_thread(self._open, refused.credentials)
        return await self.grant()

    def _open(self, refused: Credentials | None = None) -> _Opened:
        with self._lock, _access_errors(self._service):
            if self._opened is None or (refused is not None and self._credentials(self._opened.source) == refused):
                self._opened = self._found()
            return self._opened

    def _found(self) -> _Opened:
        session = self._open_session()
        bundle = session.get_config_variable("ca_bundle")
        client = session.create_client(self._service, region_name=self._region)
        place = Place(
            endpoint=self._endpoint or client.meta.endpoint_url,
            scope=Scope(region=client.meta.region_name, service=self._signing_name),
            trust=ssl.create_default_context(cafile=bundle) if bundle else True,
        )
        client.close()
        if self._bearer_token:
            return _Opened(place=place, source=None)
        source = session.get_credentials()
        if source is None:
            raise ModelAccessError("there are no AWS credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret")
        return _Opened(place=place, source=source)

    def _credentials(self, source: Any) -> Credentials:
        frozen = source.get_frozen_credentials()
        if self._frozen is None or self._frozen[0] != frozen:
            made = Credentials(access_key=frozen.access_key, secret_key=frozen.secret_key, token=frozen.token)
            self._frozen = frozen, made
        return self._frozen[1]


class BedrockAccess(ServiceAccess):
    """Of models on Amazon Bedrock; a Bedrock API key may take the place of credentials."""

    def __init__(
        self, open_session: "Callable[[], Session]", *, region: str | None = None, bearer_token: str | None = None
    ) -> None:
        super().__init__(
            open_session, service=SERVICE, signing_name=SIGNING_NAME, region=region, bearer_token=bearer_token
        )


def _has_to_refresh(source: Any) -> bool:
    """Only credentials that end can tell, at no cost; others never have to."""
    refresh_needed = getattr(source, "refresh_needed", None)
    return bool(refresh_needed and refresh_needed())


def _refresh(source: Any, service: str) -> None:
    with _access_errors(service):
        source.get_frozen_credentials()


@contextmanager
def _access_errors(service: str) -> Iterator[None]:
    try:
        yield
    except (HTTPClientError, UnreachableError) as error:
        raise ModelUnavailableError(f"AWS credentials: {printable(str(error))}") from error
    except (BotoCoreError, ClientError, OSError) as error:
        raise ModelAccessError(f"access to {service}: {printable(str(error))}") from error
