"""A configuration of promptfoo: the prompt as a chat, its model, and cases with what their scorers expect."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from brainswap.core.cases import Case
from brainswap.core.exports.notation import identifiers, nunjucks, nunjucks_text
from brainswap.core.exports.shipped import Exported, NotExportableError, Shipped, left_out
from brainswap.core.prompts.rendering import values_of
from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.specs import ScorerSpec
from local.exports.promptfoo_assertions import NoCounterpartError, assertion_of
from local.exports.promptfoo_models import provider

TESTS = ".tests.jsonl"


def configuration(
    shipped: Shipped, scorers: Sequence[ScorerSpec], cases: Iterable[Case], *, description: str, name: str
) -> Exported:
    """The configuration as YAML, with the tests in a file beside it.

    Args:
        shipped: the prompt.
        scorers: of the workload.
        cases: of the workload.
        description: of the configuration.
        name: of its file, without what says that it is YAML.

    Raises:
        NotExportableError: nothing of the prompt is fixed, or it is a chain.
    """
    prompt = shipped.prompt
    if prompt.earlier:
        raise NotExportableError(
            f"It asks once about a test, and this is a chain of {len(prompt.steps)} steps. Export the steps as openai."
        )
    turns = [] if prompt.system is None else [("system", prompt.system)]
    turns += [(turn.role, turn.content) for turn in prompt.messages if turn.role != "case"]
    if not turns:
        raise NotExportableError("The prompt consists of nothing but the turns of its cases.")
    names = identifiers(prompt.placeholders)
    chat = [{"role": role, "content": nunjucks(text, names)} for role, text in turns]
    declared, placed = provider(shipped)
    tests = _Tests(scorers, names)
    lines = "".join(json.dumps(test, ensure_ascii=False) + "\n" for test in tests.of(cases))
    document = {
        "description": description,
        "prompts": [{"label": f"{shipped.contender}", "raw": json.dumps(chat, ensure_ascii=False)}],
        "providers": [declared],
        "tests": f"file://{name}{TESTS}",
    }
    return Exported(
        text=yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120),
        left_out=(*left_out(shipped, placed), *tests.left_out()),
        renamed={name: other for name, other in names.items() if name != other},
        beside={TESTS: lines},
    )


class _Tests:
    """Cases as tests; what cannot be one is counted."""

    def __init__(self, scorers: Sequence[ScorerSpec], names: Mapping[str, str]) -> None:
        self._scorers = scorers
        self._names = names
        self._without: dict[str, str] = {}
        self._apart: Counter[str] = Counter()
        self._conversations = 0

    def of(self, cases: Iterable[Case]) -> Iterable[dict[str, Any]]:
        for case in cases:
            if case.messages or case.tools or case.tool_results or case.attachments:
                self._conversations += 1
                continue
            values = values_of(case)
            # What is filled in is looked through for templates there, and here it is not.
            shown = {other: nunjucks_text(as_text(values[name])) for name, other in self._names.items()}
            yield {
                "description": case.id,
                "vars": shown,
                "assert": [*self._assertions(case)],
                "metadata": {"case": case.id, **({"split": str(case.split)} if case.split else {})},
            }

    def left_out(self) -> tuple[str, ...]:
        found = [f"the scorer {name}, for {why}" for name, why in self._without.items()]
        found += [
            f"the scorer {name} of {count:,} cases" for name, count in self._apart.items() if name not in self._without
        ]
        if self._conversations:
            found.append(f"{self._conversations:,} cases with turns, tools or files of their own")
        return tuple(found)

    def _assertions(self, case: Case) -> Iterable[dict[str, Any]]:
        for spec in self._scorers:
            try:
                assertion = assertion_of(spec, case.reference)
            except NoCounterpartError as error:
                self._without[spec.name] = str(error)
            else:
                if assertion is not None:
                    yield _escaped(assertion)


def _escaped(value: Any) -> Any:
    """Texts of an assertion are templates there as well."""
    if isinstance(value, str):
        return nunjucks_text(value)
    if isinstance(value, Mapping):
        return {key: _escaped(each) for key, each in value.items()}
    return [_escaped(each) for each in value] if isinstance(value, list | tuple) else value
