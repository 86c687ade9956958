"""What the keys of a workload must say of one another, checked on declarations that may be wrong elsewhere."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from brainswap.core.calling.embedding_models import embedding_model
from brainswap.core.declared_models import ChosenTool, Parameters
from brainswap.core.loading.approval_checks import approvals_that_nobody_gives
from brainswap.core.loading.findings import Finding
from brainswap.core.loading.rewriting_checks import rewriters_that_cannot_work
from brainswap.core.loading.rollout_checks import online_judges_that_cannot_look
from brainswap.core.loading.step_checks import aims_that_no_source_gives, scorers_of_no_step
from brainswap.core.models.registry import kin_of
from brainswap.core.prompts.dialects.packs import rule_ids
from brainswap.core.scoring.composition import cycles
from brainswap.core.scoring.scorers import spec_problem
from brainswap.core.scoring.specs import JudgedSpec, ScorerSpec, SetSpec
from brainswap.core.wording import printable, suggestion
from brainswap.core.workload import DeclaredModel


@cache
def _scorer_form() -> TypeAdapter[ScorerSpec]:
    return TypeAdapter(ScorerSpec)


def cross_check(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Scorers and targets that are declared twice, gates and sets without their scorers, scorers that can never work.

    Args:
        data: the whole declaration, as JSON's types; what does not fit the model is passed over.
    """
    yield from _scorers_that_cannot_work(data)
    yield from scorers_of_no_step(data)
    yield from aims_that_no_source_gives(data)
    yield from _repeated_scorers(data)
    yield from _sets_without_members(data)
    yield from _gates_without_scorer(data)
    yield from _gates_that_show_nothing(data)
    yield from _repeated_targets(data)
    yield from _judges_of_their_kin(data)
    yield from _models_that_answer_nobody(data)
    yield from _guardrail_of_batches(data)
    yield from _looks_at_batches(data)
    yield from _rules_that_nobody_knows(data)
    yield from rewriters_that_cannot_work(data)
    yield from _searches_without_cases(data)
    yield from approvals_that_nobody_gives(data)
    yield from online_judges_that_cannot_look(data)


def tool_choices_without_tool(data: Mapping[str, Any], names: Collection[str]) -> Iterator[Finding]:
    """Parameters that demand a tool which the prompt does not have.

    Args:
        data: the whole declaration, as JSON's types; what does not fit the model is passed over.
        names: of the prompt's tools.
    """
    models = [
        (("source",), data.get("source")),
        *((("targets", index), item) for index, item in _items(data, "targets")),
    ]
    for path, declared in models:
        model = _model(declared)
        choice = model.parameters.tool_choice if model is not None and model.parameters is not None else None
        where = (*path, "parameters", "tool_choice")
        if isinstance(choice, ChosenTool) and choice.tool not in names:
            wrong = f"no tool is called `{printable(choice.tool)}`"
            remedy = suggestion(choice.tool, names, "Tools of the prompt")
            yield Finding(kind="tool", path=(*where, "tool"), wrong=wrong, remedy=remedy)
        elif choice is not None and not names:
            remedy = "Give the prompt `tools`, or leave the key out."
            yield Finding(kind="tool", path=where, wrong="the prompt has no tools to choose from", remedy=remedy)


def _items(data: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    items = data.get(key)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield index, item


def _scorer_names(data: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    for index, scorer in _items(data, "scorers"):
        if isinstance(scorer.get("name"), str):
            yield index, scorer["name"]


def _specs(data: Mapping[str, Any]) -> Iterator[tuple[int, ScorerSpec]]:
    for index, declared in _items(data, "scorers"):
        try:
            yield index, _scorer_form().validate_python(declared)
        except ValidationError:
            continue


def _scorers_that_cannot_work(data: Mapping[str, Any]) -> Iterator[Finding]:
    for index, spec in _specs(data):
        wrong = spec_problem(spec)
        if wrong is not None:
            remedy = f"Change the scorer `{spec.name}`."
            yield Finding(kind="scorer", path=("scorers", index), wrong=printable(wrong, limit=300), remedy=remedy)


def _repeated_scorers(data: Mapping[str, Any]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, name in _scorer_names(data):
        if name in first:
            wrong = f"scorers[{first[name]}] is called `{printable(name)}` as well"
            remedy = "Give each scorer a name of its own."
            yield Finding(kind="scorer", path=("scorers", index, "name"), wrong=wrong, remedy=remedy)
        first.setdefault(name, index)


def _sets_without_members(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Members that no scorer is called by, and sets that are made of themselves."""
    names = {name for _, name in _scorer_names(data)}
    sets = {spec.name: (index, spec) for index, spec in _specs(data) if isinstance(spec, SetSpec)}
    for name, (index, spec) in sets.items():
        for member in spec.members:
            if member not in names:
                path = ("scorers", index, "members", member)
                remedy = suggestion(member, names - {name}, "Scorers")
                yield Finding(
                    kind="scorer", path=path, wrong=f"no scorer is called `{printable(member)}`", remedy=remedy
                )
    for cycle in cycles({name: spec.members for name, (_, spec) in sets.items()}):
        path = ("scorers", sets[cycle[0]][0], "members", cycle[1])
        wrong = f"the set is made of itself: {printable(' of '.join(cycle), limit=300)}"
        yield Finding(kind="scorer", path=path, wrong=wrong, remedy="Remove one of the members.")


def _gates_without_scorer(data: Mapping[str, Any]) -> Iterator[Finding]:
    names = {name for _, name in _scorer_names(data)}
    for index, gate in _items(data, "gates"):
        name = gate.get("scorer")
        if isinstance(name, str) and name not in names:
            wrong = f"no scorer is called `{printable(name)}`"
            remedy = suggestion(name, names, "Scorers")
            yield Finding(kind="gate", path=("gates", index, "scorer"), wrong=wrong, remedy=remedy)


def _gates_that_show_nothing(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Gates none of which has to pass, so that no target could ever be moved to."""
    tiers = [gate.get("tier", "critical") for _, gate in _items(data, "gates")]
    if tiers and "critical" not in tiers:
        remedy = "Leave out the `tier` of a gate that has to pass, or set it to critical."
        yield Finding(
            kind="gate", path=("gates",), wrong="no gate is critical, so that nothing is shown", remedy=remedy
        )


def _repeated_targets(data: Mapping[str, Any]) -> Iterator[Finding]:
    source = _model(data.get("source"))
    inherited = source.parameters if source is not None else None
    first: dict[tuple[str, Parameters], int] = {}
    for index, declared in _items(data, "targets"):
        target = _model(declared)
        if target is None:
            continue
        asked = (target.model, target.parameters or inherited or Parameters())
        if asked in first:
            wrong = f"targets[{first[asked]}] is the same model with the same parameters"
            yield Finding(kind="target", path=("targets", index), wrong=wrong, remedy="Remove one of them.")
        first.setdefault(asked, index)


def _models_that_answer_nobody(data: Mapping[str, Any]) -> Iterator[Finding]:
    models: list[tuple[tuple[str | int, ...], Any]] = [(("source",), data.get("source"))]
    models += [(("targets", index), item) for index, item in _items(data, "targets")]
    for path, declared in models:
        model = _model(declared)
        if model is not None and embedding_model(model.model) is not None:
            wrong = f"`{printable(model.model)}` is a model of embeddings, which answers nothing"
            remedy = "Name a model that answers; a scorer of type `similarity` compares embeddings."
            yield Finding(kind="model", path=(*path, "model"), wrong=wrong, remedy=remedy)


def _guardrail_of_batches(data: Mapping[str, Any]) -> Iterator[Finding]:
    if data.get("guardrail") is not None and data.get("inference") == "batch":
        wrong = "batch jobs go through no guardrail"
        remedy = "Ask on demand (`inference: on_demand`), or leave `guardrail` out."
        yield Finding(kind="guardrail", path=("inference",), wrong=wrong, remedy=remedy)


def _looks_at_batches(data: Mapping[str, Any]) -> Iterator[Finding]:
    if data.get("stopping") is not None and data.get("inference") in {"batch", "auto"}:
        wrong = "a batch job answers all cases at once, so that nothing can stop early"
        remedy = "Ask on demand (`inference: on_demand`), or leave `stopping` out."
        yield Finding(kind="stopping", path=("inference",), wrong=wrong, remedy=remedy)


def _judges_of_their_kin(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Judges that may favour a model, because they are of its family."""
    judged = [("the source", _model(data.get("source")))]
    judged += [(f"targets[{index}]", _model(target)) for index, target in _items(data, "targets")]
    for index, declared in _items(data, "scorers"):
        spec = _scorer(declared)
        if not isinstance(spec, JudgedSpec) or spec.judge_may_be_related:
            continue
        for place, judge in enumerate(spec.panel):
            kin = [who for who, model in judged if model is not None and kin_of(judge.model) & kin_of(model.model)]
            if kin:
                path = ("scorers", index, "judge", *((place,) if isinstance(spec.judge, tuple) else ()), "model")
                wrong = f"the judge `{printable(judge.model)}` is of the family of {' and '.join(kin)}"
                remedy = "Take a judge of another family, or set `judge_may_be_related: true`."
                yield Finding(kind="judge", path=path, wrong=wrong, remedy=remedy)


def _rules_that_nobody_knows(data: Mapping[str, Any]) -> Iterator[Finding]:
    improve = data.get("improve")
    rejected = improve.get("reject") if isinstance(improve, Mapping) else None
    for index, rule in enumerate(rejected if isinstance(rejected, list) else ()):
        if isinstance(rule, str) and rule not in rule_ids():
            wrong = f"no rule of the translation is called `{printable(rule)}`"
            remedy = suggestion(rule, rule_ids(), "Rules")
            yield Finding(kind="rule", path=("improve", "reject", index), wrong=wrong, remedy=remedy)


def _searches_without_cases(data: Mapping[str, Any]) -> Iterator[Finding]:
    improve, splits = data.get("improve"), data.get("splits")
    methods = improve.get("methods") if isinstance(improve, Mapping) else None
    if not isinstance(methods, list | tuple) or "optimise" not in methods or not isinstance(splits, Mapping):
        return
    for split in ("train", "validation"):
        if not splits.get(split):
            wrong = f"optimising looks for prompts on training and validation cases, and there is no {split} case"
            remedy = f"Give `splits.{split}` a share such as 0.2, or leave `splits` out."
            yield Finding(
                kind="split", path=("splits", split) if split in splits else ("splits",), wrong=wrong, remedy=remedy
            )


def _scorer(declared: Mapping[str, Any]) -> ScorerSpec | None:
    try:
        return _scorer_form().validate_python(declared)
    except ValidationError:
        return None


def _model(declared: Any) -> DeclaredModel | None:
    try:
        return DeclaredModel.model_validate(declared)
    except ValidationError:
        return None
