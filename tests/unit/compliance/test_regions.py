import pytest

from brainswap.core.compliance.regions import is_allowed
from brainswap.core.preflight import residency_check
from brainswap.core.workload import Limits
from tests.fakes.catalogues import facts


@pytest.mark.parametrize(
    ("region", "patterns", "allowed"),
    [
        ("eu-west-1", ["eu-*"], True),
        ("eu-west-1", ["us-*", "eu-west-1"], True),
        ("us-east-1", ["eu-*"], False),
        ("eu-west-1", ["eu"], False),
        ("eu-west-1", ["EU-*"], False),
        ("anywhere", ["*"], True),
        ("", ["*"], True),
        ("anywhere", ["a*"], False),
        ("anywhere", ["anywhere"], False),
        ("anywhere", ["*e*", "??*"], False),
        ("", ["", "**"], False),
    ],
)
def test_a_region_is_allowed_by_name_or_pattern_and_anywhere_by_a_star_alone(
    region: str, patterns: list[str], *, allowed: bool
) -> None:
    assert is_allowed(region, patterns) is allowed


def test_a_profile_that_reaches_anywhere_is_refused_by_every_limit_that_is_one() -> None:
    wide = facts("global.anthropic.claude-sonnet-4-6", regions=("anywhere", "eu-west-1"))

    check = residency_check(wide.model_id, wide, Limits(regions=("a*", "eu-*")))

    assert check is not None
    assert (check.status, "anywhere" in check.detail) == ("refused", True)
