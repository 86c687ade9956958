"""Models and profiles as a catalogue lists them."""

from datetime import UTC, datetime
from typing import Any

from brainswap.core.watching.listing import Dates, Listed, Listing

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def model(model_id: str = "anthropic.claude-haiku-9-v1:0", **changes: Any) -> Listed:
    given: dict[str, Any] = {
        "id": model_id,
        "kind": "model",
        "provider": "Anthropic",
        "name": "Claude Haiku 9",
        "outputs": ("TEXT",),
        "on_demand": True,
        **changes,
    }
    return Listed(**given)


def leaving(model_id: str, day: str | None, **changes: Any) -> Listed:
    end = None if day is None else datetime.fromisoformat(f"{day}T00:00:00+00:00")
    return model(model_id, dates=Dates(end_of_life=end), **changes)


def profile(profile_id: str, *regions: str, base: str = "anthropic.claude-haiku-9-v1:0") -> Listed:
    return Listed(id=profile_id, kind="profile", name=profile_id, base=base, regions=regions)


def listing(*listed: Listed) -> Listing:
    return Listing(listed=listed)
