import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.rollout.routes import CannotRouteError, Route, Version, attributes_of, document_of
from local.appconfig.flags import checked_flags, delivered_flags

SOURCE = Version(model="anthropic.claude-3-haiku-20240307-v1:0", sha256="a" * 64)
TARGET = Version(model="amazon.nova-lite-v1:0", sha256="b" * 64)
ROUTE = Route(
    workload="support-triage",
    rollout="run-1",
    step=1,
    share=100,
    seed="run-1",
    source=SOURCE,
    target=TARGET,
    slow_ms=2000,
)


def test_readers_get_both_versions_the_share_and_the_seed() -> None:
    read = json.loads(delivered_flags(document_of(ROUTE)))["route"]

    assert read == {
        "enabled": True,
        "workload": "support-triage",
        "rollout": "run-1",
        "step": 1,
        "share": 100,
        "seed": "run-1",
        "source_model": SOURCE.model,
        "source_sha256": "a" * 64,
        "source_key": f"published/support-triage/{'a' * 64}.json",
        "target_model": TARGET.model,
        "target_sha256": "b" * 64,
        "target_key": f"published/support-triage/{'b' * 64}.json",
        "slow_ms": 2000,
        "shadow": 0,
        "shadow_most": 0,
        "sample_source": 0,
        "sample_target": 0,
        "sample_most": 0,
        "sample_until": 0,
    }


@given(
    share=st.integers(0, 10_000),
    step=st.integers(0, 100),
    name=st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True),
    seed=st.text(max_size=200),
)
def test_appconfig_takes_every_route(share: int, step: int, name: str, seed: str) -> None:
    checked_flags(document_of(replace(ROUTE, share=share, step=step, workload=name, seed=seed)))


def test_there_is_room_for_more_attributes() -> None:
    assert len(attributes_of(ROUTE)) <= 24


@pytest.mark.parametrize(
    "wrong",
    [
        replace(ROUTE, share=10_001),
        replace(ROUTE, share=-1),
        replace(ROUTE, sample_target=10_001),
        replace(ROUTE, seed="x" * 1025),
        replace(ROUTE, source=replace(SOURCE, model="x" * 1025)),
        replace(ROUTE, target=replace(TARGET, sha256="../../secrets")),
        replace(ROUTE, workload="Not A Name"),
    ],
)
def test_a_route_that_nobody_could_follow_is_refused(wrong: Route) -> None:
    with pytest.raises(CannotRouteError):
        document_of(wrong)
