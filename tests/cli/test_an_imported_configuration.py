"""A promptfoo configuration with assertions of many kinds goes in, and what comes of it runs."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Said

CONFIGURATION = Path(__file__).parent.parent / "imports" / "promptfoo" / "goes-in" / "promptfooconfig.yaml"
KINDS = 20


def test_a_configuration_runs_after_one_command(brainswap: Callable[..., Said]) -> None:
    imported = brainswap("import", "promptfoo", str(CONFIGURATION), "desk", "--json")
    assert imported.code == 0, imported.err
    account = json.loads(imported.out)
    ran = brainswap("run", "desk", "--out", "out", "--models", "embedded", "--pace", "0", "--json")
    assert ran.code == 0, ran.err

    report = json.loads(Path("out/report.json").read_text("utf-8"))
    assert account["valid"]
    assert len([kind for kind in account["mapped"] if kind.startswith("assertion ")]) >= KINDS
    assert report["models"] == "simulated"
    for contender in report["contenders"]:
        scored = {name for name, score in contender["scores"].items() if score["mean"] is not None}
        assert contender["answers"]["answered"] > 0
        assert len(scored) >= KINDS
