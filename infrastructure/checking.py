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
from infrastructure.reasons import PACK  # noqa: E402 - after the look for Node.js, which importing it starts
from infrastructure.settings import Settings  # noqa: E402 - after the look for Node.js, which importing it starts
from infrastructure.stack import BrainswapStack  # noqa: E402 - after the look for Node.js, which importing it starts

CONFIGURATION = Path(__file__).resolve().parent.parent / "cdk.json"
DOCUMENT = CONFIGURATION.parent / "docs" / "security.md"
FINDING_MARKS = "<!-- findings -->", "<!-- end of findings -->"
SELDOM_MARKS = "<!-- seldom -->", "<!-- end of seldom -->"
UNREASONED = "Unreasoned"
EVERYTHING: Mapping[str, Any] = {
    "brainswap:scoring-functions": ["arn:aws:lambda:eu-central-1:123456789012:function:score:*"],
    "brainswap:attachment-buckets": ["scans"],
    "brainswap:model-regions": ["eu-*", "us-east-1"],
    "brainswap:alarm-email": "ops@example.com",
    "brainswap:report-email": "owners@example.com",
    "brainswap:kms-key-arn": "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "brainswap:portal": True,
    "brainswap:webhooks": [{"name": "team", "kind": "slack", "secret": "brainswap/slack"}],
    "brainswap:object-lock-days": 365,
    "brainswap:object-lock-mode": "compliance",
}
"""Context with which the stack has all that it can have."""

_ANNOTATION = "Annotation::"  # which the CDK puts before what has no prefix of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a finding about a construct, or about what is in it, is as it is."""

    finding: str
    construct: str
    because: str

    def holds_for(self, found: "Found") -> bool:
        return self.finding == found.finding and f"{found.construct}/".startswith(f"{self.construct}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that a rule found; ``finding`` is such as ``AwsSolutions-IAM5[Resource::*]``."""

    finding: str
    construct: str

    @property
    def rule(self) -> str:
        return self.finding.partition("[")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the rules say of a stack.

    Attributes:
        found: everything, whether there is a reason for it or not.
        reasons: as the constructs have them.
        unexplained: what cdk-nag itself is left with, which reads the same reasons.
    """

    found: tuple[Found, ...]
    reasons: tuple[Reason, ...]
    unexplained: tuple[Found, ...]

    @property
    def stale(self) -> list[Reason]:
        """Reasons for what nobody finds any more."""
        return [reason for reason in self.reasons if not any(map(reason.holds_for, self.found))]

    def table(self) -> Iterator[str]:
        """The lines of a table: what was found by rule and reason, and how often."""
        counts: dict[tuple[str, str], int] = defaultdict(int)
        for each in self.found:
            for because in {reason.because for reason in self.reasons if reason.holds_for(each)} or {"**no reason**"}:
                counts[each.rule, because] += 1
        yield "| rule | times | why it is as it is |"
        yield "|---|---|---|"
        for (rule, because), count in sorted(counts.items()):
            yield f"| `{rule}` | {count} | {because} |"


def check(context: Mapping[str, Any]) -> Checked:
    """Let the rules look at the stack of some settings.

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
        everything = cdk_nag.AwsSolutionsChecks(app)
        # Under another name the same rules find no reason for anything.
        everything._pack_name = UNREASONED  # noqa: SLF001 - a subclass may, and one in Python is slower
        cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), everything)
        with contextlib.suppress(RuntimeError):  # it says that something was found, and the report what
            app.synth()
        report = json.loads((Path(folder) / "validation-report.json").read_text("utf-8"))
        metadata = json.loads((Path(folder) / f"{_stack_of(folder)}.metadata.json").read_text("utf-8"))
    found = list(_found(report))
    return Checked(
        found=tuple(
            Found(finding=each.finding.replace(UNREASONED, PACK, 1), construct=each.construct)
            for each in found
            if each.finding.startswith(UNREASONED)
        ),
        reasons=tuple(_reasons(metadata)),
        unexplained=tuple(each for each in found if each.finding.startswith(PACK)),
    )


def _stack_of(folder: str) -> str:
    (template,) = Path(folder).glob("*.template.json")
    return template.name.partition(".")[0]


def _found(report: Mapping[str, Any]) -> Iterator[Found]:
    for plugin in report["pluginReports"]:
        for violation in plugin["violations"]:
            for construct in violation["violatingConstructs"]:
                yield Found(finding=violation["ruleName"], construct=construct["constructPath"])


def _reasons(metadata: Mapping[str, Any]) -> Iterator[Reason]:
    """Those of the constructs, each once."""
    reasons = dict.fromkeys(
        Reason(finding=name.removeprefix(_ANNOTATION), construct=path.removeprefix("/"), because=because)
        for path, entries in metadata.items()
        for entry in entries
        if entry["type"] == cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY
        for name, because in entry["data"].items()
    )
    yield from (reason for reason in reasons if reason.finding.startswith(PACK))


def with_table(document: str, lines: Iterable[str], marks: tuple[str, str]) -> str:
    """The document with the lines between two marks."""
    begin, end = marks
    before, _, rest = document.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n" + "\n".join(lines) + f"\n{end}{after}"


def main() -> int:
    """Write both tables; 1 where a finding has no reason, or a reason no finding."""
    checked = check(EVERYTHING)
    document = with_table(DOCUMENT.read_text("utf-8"), checked.table(), FINDING_MARKS)
    DOCUMENT.write_text(with_table(document, seldom_used.rows(), SELDOM_MARKS), "utf-8")
    for each in checked.unexplained:
        sys.stderr.write(f"{each.finding} at {each.construct}: fix it, or say why where it is made\n")
    for reason in checked.stale:
        sys.stderr.write(f"{reason.finding} at {reason.construct} is not found any more: take its reason away\n")
    return 1 if checked.unexplained or checked.stale else 0


if __name__ == "__main__":
    sys.exit(main())
