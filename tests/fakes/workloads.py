"""Workloads as the account knows them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from brainswap.core.declared_triggers import Triggers
from brainswap.core.registering.registration import InForce, WorkloadFacts

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def facts(**changes: Any) -> WorkloadFacts:
    """What a small workload says."""
    given: dict[str, Any] = {
        "owner": "owner@example.com",
        "source": SOURCE,
        "targets": (TARGET,),
        "judges": (),
        "regions": None,
        "providers": None,
        "cases": 30,
        "cases_sha256": "c1",
        "prompt_sha256": "p1",
        "scorers_sha256": "s1",
        "gates_sha256": "g1",
        "triggers": Triggers(),
        "forecast_usd": Decimal("1.50"),
        "forecast_minutes": 12.0,
        **changes,
    }
    return WorkloadFacts(**given)


def in_force(workload: str = "w", **changes: Any) -> InForce:
    """A workload whose first version is in force; ``triggers`` and other facts may be named as well."""
    own = {name: changes.pop(name) for name in tuple(changes) if name in InForce.__slots__}
    return InForce(
        **{"workload": workload, "version": "v1", "whole_at": NOON, "since": NOON, "facts": facts(**changes), **own}
    )
