"""Which of our errors an AWS error is; by its code, never by its text."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004 - theirs

from brainswap.adapters.service_errors import BY_CODE
from brainswap.core.errors import (
    ArtifactMissingError,
    BrainswapError,
    ModelRefusesRequestError,
    ModelUnavailableError,
    StorageAccessError,
    StorageThrottledError,
    StorageUnavailableError,
)

_STORAGE: Mapping[str, type[BrainswapError]] = {
    "NoSuchKey": ArtifactMissingError,
    "404": ArtifactMissingError,
    "SlowDown": StorageThrottledError,
    "Throttling": StorageThrottledError,
    "ThrottlingException": StorageThrottledError,
    "ProvisionedThroughputExceededException": StorageThrottledError,
    "RequestLimitExceeded": StorageThrottledError,
    "InternalError": StorageUnavailableError,
    "InternalServerError": StorageUnavailableError,
    "ServiceUnavailable": StorageUnavailableError,
    "RequestTimeout": StorageUnavailableError,
    "TransactionConflictException": StorageUnavailableError,
}

SERVER_ERROR = 500


@contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Translate what S3 and DynamoDB raise; ``what`` names the file or the table for the message."""
    try:
        yield
    except ClientError as error:
        raise _translated(error, _STORAGE, StorageAccessError, StorageUnavailableError, what) from error
    except (HTTPClientError, ConnectionError) as error:
        raise StorageUnavailableError(f"{what}: {error}") from error
    except BotoCoreError as error:
        raise StorageAccessError(f"{what}: {error}") from error


@contextmanager
def model_errors(model: str) -> Iterator[None]:
    """Translate what the Bedrock services raise."""
    try:
        yield
    except ClientError as error:
        raise _translated(error, BY_CODE, ModelRefusesRequestError, ModelUnavailableError, model) from error
    except (HTTPClientError, ConnectionError) as error:
        raise ModelUnavailableError(f"{model}: {error}") from error
    except BotoCoreError as error:
        raise ModelRefusesRequestError(f"{model}: {error}") from error


def _translated(
    error: ClientError,
    table: Mapping[str, type[BrainswapError]],
    otherwise: type[BrainswapError],
    server_side: type[BrainswapError],
    what: str,
) -> BrainswapError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    known = table.get(code) or table.get(code.lower())
    chosen = known or (server_side if status >= SERVER_ERROR else otherwise)
    return chosen(f"{what}: {error}")
