"""Import a configuration of promptfoo: read as data, nothing of it is run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.loading.declaration import Declaration, parse_declaration
from brainswap.core.loading.prompt_data import json_of
from brainswap.core.wording import printable
from local.imports.account import Account, CannotImportError, Imported
from local.imports.notebook import Notebook
from local.imports.nunjucks import NotPlainError, filled_within, value_of
from local.imports.promptfoo_assertions import WORDS
from local.imports.promptfoo_files import CODE, JSON, LINES, MOST_VALUES, TABLES, YAML, Surroundings, UnreadableError
from local.imports.promptfoo_models import ImportedModels, imported_models
from local.imports.promptfoo_prompts import Frame, ImportedPrompt, imported, raw_prompts
from local.imports.promptfoo_scorers import Scorers
from local.imports.promptfoo_tests import Lost, Test, TestStream

_KEYS = frozenset({"prompts", "providers", "targets", "tests", "scenarios", "defaultTest"})
_TAKEN = _KEYS | {"description", "evaluateOptions", "assertionTemplates", "$schema"}
_MOST_REPEATS = 50
_MOST_CONCURRENCY = 1000
_MOST_VARIABLES = 1000
_PREFIX, _SUFFIX = "test_prefix", "test_suffix"
_UNNEEDED = "It says how promptfoo runs or stores, which a workload does not need."
_REMEDIES = {
    "derivedMetrics": "Compute them from the scores in cases.jsonl of the run.",
    "nunjucksFilters": "Code is never run: write the prompts without filters.",
    "extensions": "Code is never run.",
    "env": "Environment variables are not taken along; set what the models need where the run happens.",
    "redteam": "Attacks are not imported; write those that matter as cases.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What was decided after all tests had been looked at once."""

    prompt: ImportedPrompt
    scorers: Scorers
    framed_by_case: bool


def read(file: Path) -> Imported:
    """A workload out of a configuration (YAML, JSON) or a file of tests (CSV, JSONL).

    Raises:
        CannotImportError: the file is neither.
    """
    account = Account()
    notes = Notebook(account)
    files = Surroundings(file.parent)
    document = _document(file, files, notes)
    for key in sorted(document.keys() - _TAKEN):
        notes.name(printable(key), f"key {printable(key)}", _REMEDIES.get(key, _UNNEEDED))
    models = imported_models(document.get("providers", document.get("targets")), files, notes)
    scorers = Scorers(files, notes, models.judge)
    tests = TestStream(document, files, notes, WORDS, met=scorers.meet)
    plan, declared_scorers = _plan(document, tests, scorers, files, notes)
    declaration = {
        **_described(document),
        "prompt": {**plan.prompt.declaration, **models.prompt},
        "cases": "cases.jsonl",
        **_contenders(models, notes),
        "scorers": declared_scorers,
        **_options(document.get("evaluateOptions"), notes),
    }
    cases = _cases(tests, plan, account, notes)
    return Imported(declaration=declaration, cases=cases, account=account, files={**plan.prompt.files, **models.files})


def _document(file: Path, files: Surroundings, notes: Notebook) -> Mapping[str, Any]:
    name, suffix = printable(file.name, 200), file.suffix.lower()
    if suffix in CODE:
        raise CannotImportError(f"{name} is a program, and programs are not run. Write the configuration as YAML.")
    try:
        path = files.path(file.name)
        if suffix in (*TABLES, *LINES):
            return {"tests": file.name}
        if suffix not in (*YAML, *JSON):
            raise CannotImportError(f"{name} is neither YAML, JSON, CSV nor JSONL. Name promptfooconfig.yaml, say.")
        text = files.text(path)
    except UnreadableError as error:
        raise CannotImportError(str(error)) from error
    document = _parsed(name, text, suffix, notes)
    if isinstance(document, list):
        document = {"tests": document}
    if isinstance(document, Mapping) and "results" in document and isinstance(document.get("config"), Mapping):
        notes.name("results", "results of an evaluation", "Only the configuration in `config` is taken; run it again.")
        document = document["config"]
    if not isinstance(document, Mapping) or not document.keys() & _KEYS:
        raise CannotImportError(
            f"{name} is no configuration of promptfoo: it has none of the keys {', '.join(sorted(_KEYS))}."
        )
    return document


def _parsed(name: str, text: str, suffix: str, notes: Notebook) -> Any:
    try:
        if suffix in JSON:
            return json_of(name, text)
        declaration: Declaration = parse_declaration(name, text, most_values=MOST_VALUES)
    except InvalidWorkloadError as error:
        raise CannotImportError(str(error)) from error
    for problem in declaration.problems(declaration.findings):
        notes.name(problem.place, problem.wrong, problem.remedy)
    return declaration.value


def _described(document: Mapping[str, Any]) -> dict[str, Any]:
    description = document.get("description")
    return {"description": description} if isinstance(description, str) and description.strip() else {}


def _contenders(models: ImportedModels, notes: Notebook) -> dict[str, Any]:
    if not models.contenders:
        notes.name("providers", "no source and no target", "Name the models in workload.yaml.")
        return {}
    source, *targets = models.contenders
    if not targets:
        notes.name("providers", "no target", "Name the models that you could move to in workload.yaml.")
        return {"source": source}
    return {"source": source, "targets": targets}


def _options(options: Any, notes: Notebook) -> dict[str, Any]:
    declared: dict[str, Any] = {}
    bounds = {"repeat": ("repeats", _MOST_REPEATS), "maxConcurrency": ("concurrency", _MOST_CONCURRENCY)}
    for key, value in options.items() if isinstance(options, Mapping) else ():
        place = f"evaluateOptions.{printable(key)}"
        name, most = bounds.get(key, ("", 0))
        if name and isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
            declared |= {"repeats": value} if name == "repeats" else {"limits": {"concurrency": value}}
            notes.map(place, name)
        else:
            remedy = f"Set `{name}` by hand, to at most {most}." if name else _UNNEEDED
            notes.name(place, f"option {printable(key)}", remedy)
    return declared


def _plan(
    document: Mapping[str, Any], tests: TestStream, scorers: Scorers, files: Surroundings, notes: Notebook
) -> tuple[_Plan, list[dict[str, Any]]]:
    """Look at every test once."""
    variables: dict[str, None] = {}
    frames: set[tuple[str, str]] = set()
    for test in tests:
        if isinstance(test, Lost):
            continue
        scorers.survey(_resolved(test, notes))
        if len(variables) < _MOST_VARIABLES:
            variables.update(dict.fromkeys(test.variables))
        if len(frames) <= 1:
            frames.add((test.prefix, test.suffix))
    by_case = len(frames) > 1
    prefix, suffix = (f"{{{{{_PREFIX}}}}}", f"{{{{{_SUFFIX}}}}}") if by_case else next(iter(frames), ("", ""))
    raw = raw_prompts(document.get("prompts"), files, notes)
    prompt = imported(raw, Frame(prefix=prefix, suffix=suffix), variables, notes)
    return _Plan(prompt=prompt, scorers=scorers, framed_by_case=by_case), scorers.settle()


def _cases(tests: TestStream, plan: _Plan, account: Account, notes: Notebook) -> Iterator[dict[str, Any]]:
    for test in tests:
        if isinstance(test, Lost):
            account.found += test.count
            account.dropped[test.reason] += test.count
            continue
        account.found += 1
        account.imported += 1
        yield _case(_resolved(test, notes), plan)


def _case(test: Test, plan: _Plan) -> dict[str, Any]:
    values = dict(test.variables)
    for name in plan.prompt.names:
        value = value_of(name, test.variables)
        values[name] = "" if value is None else value  # as promptfoo renders what is not there
    if plan.framed_by_case:
        values |= {_PREFIX: test.prefix, _SUFFIX: test.suffix}
    meta = dict(test.meta)
    if not plan.prompt.names and values:  # a prompt without placeholders has no inputs
        meta["vars"], values = values, {}
    combination = "" if test.combination is None else f"-{test.combination}"
    case: dict[str, Any] = {"id": f"test-{test.number}{combination}", "input": values}
    reference = plan.scorers.reference(test)
    if reference:
        case["reference"] = reference
    if test.output is not None:
        case["recorded"] = {"provider-output": {"output": test.output}}
    return {**case, "meta": meta}


def _resolved(test: Test, notes: Notebook) -> Test:
    """A test whose variables hold no templates any more: each is filled once with the values of the others."""
    if not any(_is_template(value) for value in test.variables.values()):
        return test
    values: dict[str, Any] = {}
    for name, value in test.variables.items():
        try:
            values[name] = filled_within(value, test.variables)
        except NotPlainError as error:
            place = f"{test.place}.vars.{printable(name)}"
            notes.name(place, f"Nunjucks {printable(str(error))} in a variable", "Write the value itself.")
            values[name] = value
    return test.with_variables(values)


def _is_template(value: Any) -> bool:
    if isinstance(value, str):
        return "{{" in value or "{%" in value or "{#" in value
    if isinstance(value, Mapping):
        return any(_is_template(each) for each in value.values())
    return isinstance(value, list) and any(_is_template(each) for each in value)
