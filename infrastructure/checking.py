"""AWS's own rules for well-built stacks (AwsSolutions of cdk-nag) over ours: ``python -m infrastructure.checking``."""

import contextlib
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infrastructure.node import use_suitable_node

use_suitable_node()

import aws_cdk as cdk  # noqa: E402 - starts Node.js as it is imported
import cdk_nag  # noqa: E402 - as above

from infrastructure import seldom_used  # noqa: E402 - after the look for Node.js, which importing it starts
from infrastructure.acknowledged import reason_for  # noqa: E402 - after the look for Node.js, which importing it starts
from infrastructure.settings import Settings  # noqa: E402 - after the look for Node.js, which importing it starts
from infrastructure.stack import BrainswapStack  # noqa: E402 - after the look for Node.js, which importing it starts

CONFIGURATION = Path(__file__).resolve().parent.parent / "cdk.json"
DOCUMENT = CONFIGURATION.parent / "docs" / "security.md"
FINDING_MARKS = "<!-- findings -->", "<!-- end of findings -->"
SELDOM_MARKS = "<!-- seldom -->", "<!-- end of seldom -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that a rule found; ``finding`` is such as ``AwsSolutions-IAM5[Resource::*]``."""

    finding: str
    construct: str

    @property
    def rule(self) -> str:
        return self.finding.partition("[")[0]

    @property
    def reason(self) -> str | None:
        return reason_for(self.finding)


def findings(context: Mapping[str, Any]) -> list[Found]:
    """All that the rules find in the stack of some settings.

    Args:
        context: laid over that of ``cdk.json``.
    """
    configured = json.loads(CONFIGURATION.read_text("utf-8"))["context"]
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(
            outdir=folder,
            context={**configured, "aws:cdk:bundling-stacks": [], **context},
            analytics_reporting=False,
        )
        BrainswapStack(app, Settings.from_context(app.node.get_all_context()))
        cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
        with contextlib.suppress(RuntimeError):  # it says that something was found, and the report what
            app.synth()
        report = json.loads((Path(folder) / "validation-report.json").read_text("utf-8"))
    return [
        Found(finding=violation["ruleName"], construct=construct["constructPath"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    ]


def table(found: Iterable[Found]) -> Iterator[str]:
    """The lines of a table: what was found by rule and reason, and how often."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for each in found:
        counts[each.rule, each.reason or "**no reason**"] += 1
    yield "| rule | times | why it is as it is |"
    yield "|---|---|---|"
    for (rule, reason), count in sorted(counts.items()):
        yield f"| `{rule}` | {count} | {reason} |"


def with_table(document: str, lines: Iterable[str], marks: tuple[str, str]) -> str:
    """The document with the lines between two marks."""
    begin, end = marks
    before, _, rest = document.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n" + "\n".join(lines) + f"\n{end}{after}"


def main() -> int:
    """Write both tables; 1 where a finding has no reason."""
    found = findings({"brainswap:portal": True})
    document = with_table(DOCUMENT.read_text("utf-8"), table(found), FINDING_MARKS)
    DOCUMENT.write_text(with_table(document, seldom_used.rows(), SELDOM_MARKS), "utf-8")
    unexplained = [each for each in found if each.reason is None]
    for each in unexplained:
        sys.stderr.write(f"{each.finding} at {each.construct}: fix it, or say why in infrastructure/acknowledged.py\n")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
