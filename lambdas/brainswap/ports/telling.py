"""Who wants to know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

MetricUnit = Literal["Count", "Percent", "None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure of the operation; what is unknown is left out and not 0."""

    name: str
    value: float
    unit: MetricUnit


class Metrics(Protocol):
    """Figures for dashboards and alarms; none of them tells anything about a case."""

    def record(self, metrics: Sequence[Metric], *, by: Mapping[str, str], about: Mapping[str, str]) -> None:
        """Record figures of one moment.

        Args:
            metrics: with names of their own.
            by: dimensions, each of few values, because each value is a series that is paid for.
            about: what else is known, for whoever looks for the moment in the log.
        """
        ...


class Events(Protocol):
    """Who wants to know."""

    def publish(self, kind: str, detail: Mapping[str, Any]) -> None: ...


class Messages(Protocol):
    """People who want to read how a run ended, and programs that take it from there."""

    def send(self, subject: str, text: str, document: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        """Send one message.

        Args:
            subject: fewer than 100 characters of ASCII.
            text: for people.
            document: for programs.
            attributes: by which subscribers choose what they get.
        """
        ...
