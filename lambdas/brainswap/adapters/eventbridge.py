"""Announcements on the stack's own event bus."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from brainswap.adapters.vendor_errors import storage_errors
from brainswap.core.errors import StorageUnavailableError
from brainswap.core.event_message import event_message

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient


class EventBridgeEvents:
    """Events of source ``brainswap``, each with a ``message`` for people beside what it is published with."""

    def __init__(self, client: "EventBridgeClient", bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, kind: str, detail: Mapping[str, Any]) -> None:
        entry: Any = {
            "EventBusName": self._bus,
            "Source": "brainswap",
            "DetailType": kind,
            "Detail": json.dumps({"message": event_message(kind, detail), **detail}),
        }
        with storage_errors(self._bus):
            answer = self._client.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise StorageUnavailableError(f"{self._bus}: {answer['Entries'][0].get('ErrorCode')}")
