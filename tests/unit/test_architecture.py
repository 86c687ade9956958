"""Which part may import which: arrows point inward."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ROOT / "lambdas" / "brainswap"

# What the modules under each path may import of the project. A path stands for everything beneath it; the longest
# path that fits decides.
MAY_IMPORT = {
    "brainswap.core": {"brainswap.core"},
    "brainswap.contracts": {"brainswap.core", "brainswap.contracts"},
    "brainswap.ports": {"brainswap.core", "brainswap.ports", "brainswap.rollout.ports"},
    "brainswap.rollout": {
        "brainswap.approving",
        "brainswap.complying",
        "brainswap.contenders",
        "brainswap.contracts",
        "brainswap.core",
        "brainswap.ports",
        "brainswap.registry",
        "brainswap.report",
        "brainswap.rollout",
        "brainswap.run_files",
    },
    "brainswap.rollout.judging": {
        "brainswap.asking",
        "brainswap.contracts",
        "brainswap.core",
        "brainswap.judging",
        "brainswap.ports",
        "brainswap.rollout",
        "brainswap.run_files",
        "brainswap.worker",
    },
    "brainswap.rollout.ports": {"brainswap.core"},
    "brainswap.client": {"brainswap.client"},
    "brainswap.run_files": {"brainswap.core", "brainswap.contracts", "brainswap.ports"},
    "brainswap.registry": {"brainswap.core", "brainswap.ports"},
    "brainswap.verdicts": {"brainswap.core", "brainswap.ports", "brainswap.registry"},
    "brainswap.requests": {"brainswap.contracts", "brainswap.core", "brainswap.ports", "brainswap.registry"},
    "brainswap.snapshots": {"brainswap.core", "brainswap.ports", "brainswap.registry"},
    "brainswap.ways_back": {"brainswap.core", "brainswap.ports", "brainswap.registry", "brainswap.snapshots"},
    "brainswap.registering": {"brainswap.core", "brainswap.ports", "brainswap.run_files"},
    "brainswap.approving": {"brainswap.core", "brainswap.ports", "brainswap.run_files"},
    "brainswap.attaching": {"brainswap.core", "brainswap.run_files"},
    "brainswap.mistakes": {"brainswap.core", "brainswap.run_files"},
    "brainswap.contenders": {"brainswap.core", "brainswap.contracts"},
    "brainswap.lineup": {"brainswap.core", "brainswap.contenders", "brainswap.contracts"},
    "brainswap.callees": {"brainswap.core", "brainswap.ports"},
    "brainswap.complying": {"brainswap.core", "brainswap.ports"},
    "brainswap.gate": {"brainswap.core", "brainswap.ports"},
    "brainswap.spending": {"brainswap.core", "brainswap.ports"},
    "brainswap.keeping": {"brainswap.core", "brainswap.ports"},
    "brainswap.claims": {"brainswap.core", "brainswap.keeping", "brainswap.ports"},
    "brainswap.asking": {
        "brainswap.claims",
        "brainswap.core",
        "brainswap.gate",
        "brainswap.keeping",
        "brainswap.ports",
        "brainswap.spending",
    },
    "brainswap.worker": {
        "brainswap.asking",
        "brainswap.contracts",
        "brainswap.core",
        "brainswap.gate",
        "brainswap.ports",
        "brainswap.questions",
        "brainswap.spending",
    },
    "brainswap.calibrating": {
        "brainswap.contenders",
        "brainswap.contracts",
        "brainswap.core",
        "brainswap.ports",
        "brainswap.run_files",
    },
    "brainswap.listing": {
        "brainswap.contenders",
        "brainswap.contracts",
        "brainswap.core",
        "brainswap.ports",
        "brainswap.run_files",
    },
    "brainswap.evaluating": {
        "brainswap.calibrating",
        "brainswap.contenders",
        "brainswap.contracts",
        "brainswap.core",
        "brainswap.listing",
        "brainswap.run_files",
    },
    "brainswap.outside": {
        "brainswap.asking",
        "brainswap.callees",
        "brainswap.claims",
        "brainswap.contracts",
        "brainswap.core",
        "brainswap.ports",
        "brainswap.run_files",
        "brainswap.worker",
    },
    "brainswap.guarding": {"brainswap.contenders", "brainswap.contracts", "brainswap.core", "brainswap.run_files"},
    "brainswap.rewriters": {
        "brainswap.asking",
        "brainswap.contenders",
        "brainswap.contracts",
        "brainswap.core",
        "brainswap.guarding",
        "brainswap.lineup",
        "brainswap.ports",
        "brainswap.rewriters",
        "brainswap.run_files",
        "brainswap.worker",
    },
    "brainswap.judging": {"brainswap.contracts", "brainswap.core", "brainswap.ports"},
    "brainswap.screening": {
        "brainswap.contenders",
        "brainswap.contracts",
        "brainswap.core",
        "brainswap.guarding",
        "brainswap.lineup",
        "brainswap.run_files",
    },
    "brainswap.searching": {
        "brainswap.contenders",
        "brainswap.contracts",
        "brainswap.core",
        "brainswap.improving",
        "brainswap.lineup",
        "brainswap.ports",
        "brainswap.run_files",
        "brainswap.screening",
    },
    "brainswap.improving": {
        "brainswap.asking",
        "brainswap.chaining",
        "brainswap.contenders",
        "brainswap.contracts",
        "brainswap.core",
        "brainswap.lineup",
        "brainswap.ports",
        "brainswap.run_files",
        "brainswap.worker",
    },
    "brainswap.chaining": {
        "brainswap.asking",
        "brainswap.contracts",
        "brainswap.core",
        "brainswap.ports",
        "brainswap.questions",
    },
    "brainswap.questions": {"brainswap.contenders", "brainswap.contracts", "brainswap.core", "brainswap.ports"},
    "brainswap.batches": {"brainswap.contracts", "brainswap.core", "brainswap.ports", "brainswap.run_files"},
    "brainswap.probing": {"brainswap.core", "brainswap.ports"},
    "brainswap.report": {"brainswap.core", "brainswap.contracts", "brainswap.report"},
    "brainswap.adapters": {
        "brainswap.adapters",
        "brainswap.core",
        "brainswap.ports",
        "brainswap.rollout.ports",
        "brainswap.run_files",
    },
    "brainswap.portal": {
        "brainswap.approving",
        "brainswap.core",
        "brainswap.portal",
        "brainswap.ports",
        "brainswap.publishing",
        "brainswap.report",
        "brainswap.rollout",
    },
    "brainswap.ageing": {
        "brainswap.core",
        "brainswap.ports",
        "brainswap.publishing",
        "brainswap.report",
        "brainswap.verdicts",
    },
    "brainswap.publishing": {"brainswap.core", "brainswap.ports", "brainswap.report"},
    "brainswap.linking": {"brainswap.ports", "brainswap.publishing", "brainswap.report", "brainswap.run_files"},
    "brainswap.loop_thread": set(),
    "brainswap.runtime": {
        "brainswap.adapters",
        "brainswap.core",
        "brainswap.loop_thread",
        "brainswap.ports",
        "brainswap.rollout.ports",
    },
    "brainswap.handlers": {
        "brainswap.ageing",
        "brainswap.asking",
        "brainswap.attaching",
        "brainswap.batches",
        "brainswap.callees",
        "brainswap.chaining",
        "brainswap.complying",
        "brainswap.contenders",
        "brainswap.contracts",
        "brainswap.core",
        "brainswap.evaluating",
        "brainswap.guarding",
        "brainswap.improving",
        "brainswap.judging",
        "brainswap.lineup",
        "brainswap.linking",
        "brainswap.listing",
        "brainswap.mistakes",
        "brainswap.outside",
        "brainswap.ports",
        "brainswap.portal",
        "brainswap.probing",
        "brainswap.publishing",
        "brainswap.questions",
        "brainswap.registering",
        "brainswap.registry",
        "brainswap.report",
        "brainswap.requests",
        "brainswap.rewriters",
        "brainswap.rollout",
        "brainswap.run_files",
        "brainswap.runtime",
        "brainswap.snapshots",
        "brainswap.verdicts",
        "brainswap.searching",
        "brainswap.spending",
        "brainswap.worker",
        "brainswap.ways_back",
    },
}
PURE = {
    "brainswap.core",
    "brainswap.contracts",
    "brainswap.ports",
    "brainswap.report",
    "brainswap.contenders",
    "brainswap.lineup",
}
IMPURE_LIBRARIES = {"boto3", "botocore", "aws_lambda_powertools", "moto", "urllib3", "requests", "sqlite3"}
UNSEEDED = {"os.environ", "os.getenv", "time.time", "datetime.now", "random.random", "uuid.uuid4", "secrets.token"}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(CODE.rglob("*.py")):
        parts = path.relative_to(CODE.parent).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), path


def imported(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "absolute imports only"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def under(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def rule_for(module: str) -> set[str] | None:
    fitting = [path for path in MAY_IMPORT if under(module, path)]
    return MAY_IMPORT[max(fitting, key=len)] if fitting else None


TEXTS = {module: path.read_text("utf-8") for module, path in modules()}
IMPORTED = {module: set(imported(text)) for module, text in TEXTS.items()}
"""What each module imports, by its name: modules, and names of them."""


def test_every_module_has_a_rule() -> None:
    assert [module for module in TEXTS if module != "brainswap" and rule_for(module) is None] == []


def test_arrows_point_inward() -> None:
    wrong = {
        (module, name)
        for module, names in IMPORTED.items()
        for name in names
        if module != "brainswap" and under(name, "brainswap") and name != "brainswap"
        if not any(under(name, package) for package in rule_for(module) or ())
    }

    assert wrong == set()


def test_nothing_points_at_the_laptop_or_the_infrastructure() -> None:
    wrong = {
        (module, name)
        for module, names in IMPORTED.items()
        for name in names
        if name.partition(".")[0] in {"local", "infrastructure", "tests"}
    }

    assert wrong == set()


def test_the_pure_part_knows_no_aws_no_environment_and_no_clock() -> None:
    pure = [module for module in TEXTS if any(under(module, package) for package in PURE)]

    libraries = {(module, name.partition(".")[0]) for module in pure for name in IMPORTED[module]}

    assert {(module, library) for module, library in libraries if library in IMPURE_LIBRARIES} == set()
    assert [(module, word) for module in pure for word in UNSEEDED if word in TEXTS[module]] == []


def test_only_the_composition_roots_read_the_environment() -> None:
    assert [module for module, text in TEXTS.items() if "os.environ" in text] == [
        "brainswap.client.settings",
        "brainswap.runtime",
    ]
