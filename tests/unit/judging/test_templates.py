from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from brainswap.core.declared_models import Parameters
from brainswap.core.judging.exhibit import AnyJudgedSpec, Exhibit
from brainswap.core.judging.templates import instructions, judge_prompt, rubric_sha256
from brainswap.core.models.fitting import fit
from brainswap.core.models.output_schemas import cut
from brainswap.core.models.registry import profile_of
from brainswap.core.scoring.specs.judges import FactualityWeights
from tests.fakes.judges import CLOSED_QA, CRITERIA, FACTUALITY, HONEST, OTHER_JUDGE, PAIRWISE, RUBRIC, SPECS, WANTED

EXHIBIT = Exhibit(input="Zq1", answer="the target says", reference="Zq2", other="the source says")

# Every change of these is a change of the measure: runs on its two sides do not compare.
PINNED = {
    "rubric": "1d658e1dfbd7ecbe5b2095a5f33c9041e768f8fe6b581f86258896ced854dccf",
    "factuality": "1fc0461a2aa836ccf976f680badbfaa2976a0c0c6340ce89ea501d23bebd71f0",
    "closed_qa": "06162de224d9db43a19e55cba23c96b92c9022485a161a32dbf090bcb0fee42f",
    "pairwise": "88567fe92f74047eea3d753aa1e7d3328679f9db374985fe6cad6e824701eba9",
}

each_spec = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.type)


def asked(spec: AnyJudgedSpec, *, swapped: bool = False) -> str:
    return judge_prompt(spec, EXHIBIT, salt="s", swapped=swapped).messages[0].content


@each_spec
def test_the_fingerprint_of_a_template_is_pinned(spec: AnyJudgedSpec) -> None:
    assert rubric_sha256(spec) == PINNED[spec.type]


def test_a_fingerprint_changes_with_what_is_judged_and_not_with_who_judges() -> None:
    other_criteria = RUBRIC.model_copy(update={"criteria": CRITERIA[:1]})
    other_weight = RUBRIC.model_copy(update={"criteria": (CRITERIA[0].model_copy(update={"weight": 2}), CRITERIA[1])})
    other_weights = FACTUALITY.model_copy(update={"weights": FactualityWeights(superset=1)})
    blind = RUBRIC.model_copy(update={"show_reference": False})
    same = RUBRIC.model_copy(update={"judge": OTHER_JUDGE, "name": "other", "repeats": 3})

    rules: list[AnyJudgedSpec] = [
        RUBRIC,
        other_criteria,
        other_weight,
        blind,
        FACTUALITY,
        other_weights,
        CLOSED_QA,
        PAIRWISE,
    ]

    assert len({rubric_sha256(spec) for spec in rules}) == len(rules)
    assert rubric_sha256(same) == rubric_sha256(RUBRIC)


@each_spec
def test_judgements_of_the_form_fit_the_schema_and_others_do_not(spec: AnyJudgedSpec) -> None:
    prompt = judge_prompt(spec, EXHIBIT, salt="s")
    assert prompt.output is not None
    schema = Draft202012Validator(prompt.output.json_schema)

    assert schema.is_valid(HONEST[spec.type])
    assert schema.is_valid(WANTED[spec.type])
    assert not schema.is_valid({"reason": "good", "score": 6})


@each_spec
def test_every_part_of_a_schema_can_be_asked_for_in_the_models_own_way(spec: AnyJudgedSpec) -> None:
    prompt = judge_prompt(spec, EXHIBIT, salt="s")
    assert prompt.output is not None

    assert cut(prompt.output.json_schema).dropped == ()


@each_spec
@pytest.mark.parametrize(
    ("model", "form"),
    [
        ("amazon.nova-2-lite-v1:0", "native"),
        ("amazon.nova-pro-v1:0", "tool"),
        ("meta.llama3-70b-instruct-v1:0", "text"),
    ],
)
def test_a_judgement_is_asked_for_in_the_strictest_form_that_the_judge_takes(
    spec: AnyJudgedSpec, model: str, form: str
) -> None:
    profile = profile_of(model)
    assert profile is not None

    fitted = fit(Parameters(), judge_prompt(spec, EXHIBIT, salt="s"), profile, model=model)

    assert fitted.settings.output == form


@each_spec
def test_a_reason_comes_before_its_judgement(spec: AnyJudgedSpec) -> None:
    prompt = judge_prompt(spec, EXHIBIT, salt="s")
    assert prompt.output is not None
    schema = prompt.output.json_schema
    objects = list(schema["properties"].values()) if spec.type == "rubric" else [schema]

    assert all(next(iter(each["properties"])) == "reason" for each in objects)


@each_spec
def test_the_material_stands_in_the_turn_of_the_user_and_nowhere_else(spec: AnyJudgedSpec) -> None:
    prompt = judge_prompt(spec, EXHIBIT, salt="s")

    assert prompt.system == instructions(spec)
    assert len(prompt.messages) == 1
    for text in (EXHIBIT.input, EXHIBIT.answer, EXHIBIT.reference or ""):
        assert prompt.messages[0].content.count(text) == 1
        assert text not in instructions(spec)


def test_a_rubric_tells_every_criterion_with_its_anchors() -> None:
    told = instructions(RUBRIC)

    assert "Criterion `right`: Is the answer right?\n- 1: all wrong\n- 5: all right" in told
    assert "Criterion `kind`: The tone is friendly." in told


def test_a_pair_is_shown_in_both_orders() -> None:
    straight, swapped = asked(PAIRWISE), asked(PAIRWISE, swapped=True)

    assert straight.index("the source says") < straight.index("the target says")
    assert swapped.index("the target says") < swapped.index("the source says")
    assert straight.replace("the source says", "").count("says") == swapped.replace("the source says", "").count("says")


def test_a_judge_that_is_not_to_see_the_reference_does_not() -> None:
    blind = CLOSED_QA.model_copy(update={"show_reference": False})

    shown = judge_prompt(blind, replace(EXHIBIT, reference=None), salt="s").messages[0].content

    assert "reference" not in shown
