"""Embeddings and guardrails of the embedded Bedrock, functions on loopback, and what each may say that is none."""

import asyncio
import json
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, Protocol

import pytest
from botocore.session import Session
from botocore.validate import validate_parameters

from brainswap.adapters.aws_calls import AwsCalls
from brainswap.adapters.bedrock_access import BedrockAccess, ServiceAccess
from brainswap.adapters.bedrock_embeddings import FORMS, BedrockEmbeddings
from brainswap.adapters.bedrock_guardrails import BedrockGuardrails
from brainswap.adapters.http import HttpClient
from brainswap.adapters.lambda_functions import LambdaFunctions
from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.calling.embedding_models import EMBEDDING_MODELS, unpacked
from brainswap.core.calling.plans import Plan
from brainswap.core.calling.scorers import plan_calls
from brainswap.core.errors import (
    BrainswapError,
    ModelAccessError,
    ModelBrokeOffError,
    ModelRefusesRequestError,
    ModelThrottledError,
    ModelUnavailableError,
)
from brainswap.core.prompts.template import Message
from brainswap.core.scoring.specs import FunctionSpec, MeaningSpec
from brainswap.ports import Question
from local.bedrock.embedding import vector
from local.bedrock.server import EmbeddedBedrock, Models
from tests.fakes.asking import Account, MachineClock, question
from tests.fakes.bedrock_wire import refused
from tests.fakes.calling import HARMLESS, MEANING, OURS, SAFE, asked
from tests.fakes.functions import DRAFT, FUNCTION, FunctionsServer, Refused, scoring
from tests.fakes.scripted_server import Received, Scripted, ScriptedServer, whole


class Asks(Protocol):
    async def ask(self, question: Question) -> Answer: ...


def questions_of(plan: Plan) -> list[Question]:
    return [
        question(call.model, messages=(Message(role="user", content=call.text),), fields=dict(call.fields))
        for call in plan.calls
    ]


def asking(url: str, build: Any, questions: Sequence[Question], keys: Sequence[str | None] = ("AKID",)) -> list[Answer]:
    async def main() -> list[Answer]:
        clock = MachineClock()
        http = HttpClient(clock, timeout_s=5)
        adapter: Asks = build(AwsCalls(http, BedrockAccess(Account(url, keys).open_session), clock))
        try:
            return [await adapter.ask(each) for each in questions]
        finally:
            await http.close()

    return asyncio.run(main())


def scripted(build: Any, each: Question, *script: Scripted, keys: Sequence[str | None] = ("AKID",)) -> Any:
    """The answers and what the server received."""

    async def main() -> tuple[Answer, list[Received]]:
        clock = MachineClock()
        http = HttpClient(clock, timeout_s=3)
        async with ScriptedServer(*script) as server:
            adapter: Asks = build(AwsCalls(http, BedrockAccess(Account(server.url, keys).open_session), clock))
            try:
                return await adapter.ask(each), server.received
            finally:
                await http.close()

    return asyncio.run(main())


@pytest.fixture(scope="module")
def bedrock() -> Iterator[EmbeddedBedrock]:
    with EmbeddedBedrock(models=Models(simulated=tuple(EMBEDDING_MODELS)), pace=0) as server:
        yield server


@pytest.mark.parametrize("model", EMBEDDING_MODELS)
def test_every_known_model_embeds_a_text_in_all_of_its_dimensions(bedrock: EmbeddedBedrock, model: str) -> None:
    for dimensions in (None, *EMBEDDING_MODELS[model].dimensions):
        spec = MeaningSpec(name="s", type="similarity", model=model, dimensions=dimensions)
        plan = plan_calls(spec, [asked("the same", "the same")])

        one, other = asking(bedrock.url, BedrockEmbeddings, questions_of(plan))
        (score,) = plan.scores([one, other])

        wanted = EMBEDDING_MODELS[model].dimensions[0] if dimensions is None else dimensions
        assert list(unpacked(one.text)) == pytest.approx(vector("the same", wanted), abs=1e-6)
        assert (one.status, one.origin) == (AnswerStatus.ANSWERED, Origin.SIMULATED)
        assert one.usage is not None
        assert (one.usage.input_tokens, one.usage.output_tokens, one.usage.estimated) == (2, 0, True)
        assert score.value == pytest.approx(1.0)


def test_every_wire_has_a_form() -> None:
    assert {known.wire for known in EMBEDDING_MODELS.values()} == set(FORMS)


EMBEDDING = questions_of(plan_calls(MEANING, [asked("x", "y")]))[0]
COHERE = question("embedding:cohere.embed-english-v3", messages=(Message(role="user", content="x" * 9),))


def test_tokens_are_those_that_the_service_counted_or_else_guessed_by_length() -> None:
    counted, _ = scripted(BedrockEmbeddings, EMBEDDING, whole(200, {"embedding": [1], "inputTextTokenCount": 17}))
    header = {"X-Amzn-Bedrock-Input-Token-Count": "5"}
    told, _ = scripted(BedrockEmbeddings, COHERE, whole(200, {"embeddings": [[1.0]]}, header))
    guessed, _ = scripted(BedrockEmbeddings, COHERE, whole(200, {"embeddings": [[1.0]]}))

    assert [(each.usage.input_tokens, each.usage.estimated) for each in (counted, told, guessed)] == [
        (17, False),
        (5, False),
        (3, True),
    ]
    assert counted.origin is Origin.LIVE


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        {},
        {"embedding": []},
        {"embedding": "x", "inputTextTokenCount": 1},
        {"embedding": [None], "inputTextTokenCount": 1},
        {"embedding": [0.0], "inputTextTokenCount": 1},
        {"embedding": [1.0], "inputTextTokenCount": -1},
        {"embedding": [1e400], "inputTextTokenCount": 1},
    ],
)
def test_what_is_no_embedding_broke_off(body: Any) -> None:
    with pytest.raises(ModelBrokeOffError):
        scripted(BedrockEmbeddings, EMBEDDING, whole(200, body))


def test_a_request_to_a_guardrail_fits_the_service() -> None:
    service = Session().get_service_model("bedrock-runtime")
    (applied,) = questions_of(plan_calls(SAFE, [asked("x")]))
    (checked,) = questions_of(plan_calls(HARMLESS, [asked("x")]))
    nothing = whole(200, {"action": "NONE", "assessments": []})
    silent = whole(200, {"results": {"contentFilter": {"results": []}}})

    _, (apply,) = scripted(BedrockGuardrails, applied, nothing)
    _, (check,) = scripted(BedrockGuardrails, checked, silent)

    labels = {"guardrailIdentifier": "gr4a1l", "guardrailVersion": "3"}
    assert apply.target == "/guardrail/gr4a1l/version/3/apply"
    assert check.target == "/guardrail-checks/invoke"
    for received, name, further in ((apply, "ApplyGuardrail", labels), (check, "InvokeGuardrailChecks", {})):
        shape = service.operation_model(name).input_shape
        assert shape is not None
        validate_parameters({**received.json, **further}, shape)


def test_a_guardrail_of_its_arn_is_addressed_by_it() -> None:
    arn = "arn:aws:bedrock:eu-west-1:123456789012:guardrail/gr4a1l"
    each = question(f"guardrail:{arn}/DRAFT", messages=(Message(role="user", content="x"),))

    _, (apply,) = scripted(BedrockGuardrails, each, whole(200, {"action": "NONE", "assessments": []}))

    assert apply.target.endswith("guardrail%2Fgr4a1l/version/DRAFT/apply")


def test_guardrails_and_checks_of_the_embedded_bedrock_are_read(bedrock: EmbeddedBedrock) -> None:
    answers = [asked("You idiot."), asked("It is on its way.")]
    for spec, values in ((SAFE, [0.0, 1.0]), (HARMLESS, [pytest.approx(2 / 3), 1.0])):
        plan = plan_calls(spec, answers)

        said = asking(bedrock.url, BedrockGuardrails, questions_of(plan))

        assert [score.value for score in plan.scores(said)] == values
        assert {each.origin for each in said} == {Origin.SIMULATED}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "ThrottlingException", ModelThrottledError),
        (503, "ServiceUnavailableException", ModelUnavailableError),
        (500, "InternalServerException", ModelUnavailableError),
        (400, "ValidationException", ModelRefusesRequestError),
        (403, "AccessDeniedException", ModelAccessError),
        (404, "ResourceNotFoundException", ModelAccessError),
    ],
)
def test_refusals_are_those_of_the_tree(status: int, code: str, kind: type[BrainswapError]) -> None:
    with pytest.raises(kind):
        scripted(BedrockEmbeddings, EMBEDDING, refused(status, code))


def test_credentials_that_ended_are_renewed_once() -> None:
    fine = whole(200, {"embedding": [1.0], "inputTextTokenCount": 1})

    _, received = scripted(
        BedrockEmbeddings, EMBEDDING, refused(403, "ExpiredTokenException"), fine, keys=("OLD", "NEW")
    )

    assert ["NEW" in each.headers["authorization"] for each in received] == [False, True]


# Functions


def invoking(
    handler: Any, plan: Plan, *, allowed: Sequence[str] | None = None, because: str | None = None
) -> tuple[list[Answer], FunctionsServer]:
    with FunctionsServer(handlers={FUNCTION: handler}) as server:

        async def main() -> list[Answer]:
            clock = MachineClock()
            http = HttpClient(clock, timeout_s=5)

            def calls(region: str) -> AwsCalls:
                assert region == "eu-west-1"
                access = ServiceAccess(
                    Account("https://nowhere.invalid").open_session,
                    service="lambda",
                    signing_name="lambda",
                    region=region,
                    endpoint=server.url,
                )
                return AwsCalls(http, access, clock)

            functions = LambdaFunctions(calls, allowed=allowed, refused_because=because)
            try:
                answers = []
                for each in questions_of(plan):
                    await functions.warm_up(each)
                    answers.append(await functions.ask(each))
                return answers
            finally:
                await http.close()

        return asyncio.run(main()), server


ONE = plan_calls(OURS, [asked("yes")])


def test_a_function_is_invoked_with_a_request_and_its_scores_are_read() -> None:
    plan = plan_calls(OURS, [asked(f"answer {number}", case_id=f"case-{number}") for number in range(5)])

    answers, server = invoking(scoring(lambda case: {"score": float(case["id"] == "case-3")}), plan)

    assert [score.value for score in plan.scores(answers)] == [0.0, 0.0, 0.0, 1.0, 0.0]
    assert [(name, len(event["cases"])) for name, event in server.invoked] == [(FUNCTION, 3), (FUNCTION, 2)]
    assert "/eu-central-1/lambda/aws4_request" in server.headers[0]["Authorization"]
    assert {each.origin for each in answers} == {Origin.LIVE}
    assert all(each.usage is None for each in answers)


def raising(_event: Any) -> Any:
    raise KeyError("table")


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (raising, "the function failed: KeyError: 'table'"),
        (lambda _: {"statusCode": 200, "body": "{}"}, "the function's answer is none: it does not fit"),
        (lambda _: None, "the function's answer is none"),
        (lambda _: b"", "the function's answer is none"),
        (lambda _: b"\xff\xfe", "the function's answer is no text"),
        (scoring(lambda case: {"id": f"not {case['id']}", "score": 1}), "not asked about: not a"),
    ],
)
def test_a_function_that_fails_has_refused_and_says_how(handler: Any, words: str) -> None:
    with pytest.raises(ModelRefusesRequestError) as caught:
        invoking(handler, ONE)

    assert FUNCTION in str(caught.value)
    assert words in str(caught.value)


def test_a_function_that_takes_too_long_has_refused() -> None:
    async def too_long() -> None:
        await asyncio.sleep(3)

    spec = OURS.model_copy(update={"timeout_s": 1})

    def slow(_event: Any) -> Any:
        work: Coroutine[Any, Any, None] = too_long()
        asyncio.run(work)

    with pytest.raises(ModelRefusesRequestError, match="no answer in 1 seconds"):
        invoking(slow, plan_calls(spec, [asked("yes")]))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "TooManyRequestsException", ModelThrottledError),
        (500, "ServiceException", ModelUnavailableError),
        (502, "ResourceNotReadyException", ModelUnavailableError),
        (403, "AccessDeniedException", ModelAccessError),
        (413, "RequestTooLargeException", ModelRefusesRequestError),
    ],
)
def test_what_lambda_itself_says_is_told_apart_from_what_a_function_says(
    status: int, code: str, kind: type[BrainswapError]
) -> None:
    with pytest.raises(kind):
        invoking(lambda _: Refused(status=status, code=code), ONE)


@pytest.mark.parametrize("allowed", [(FUNCTION,), (f"{DRAFT}:*",), ("arn:other", FUNCTION), None])
def test_a_function_that_is_allowed_is_invoked(allowed: Sequence[str] | None) -> None:
    answers, _ = invoking(scoring(lambda _: {"score": 1}), ONE, allowed=allowed)

    assert [score.value for score in ONE.scores(answers)] == [1.0]


@pytest.mark.parametrize("allowed", [(), (DRAFT,), (f"{DRAFT}:8",), (f"{DRAFT}r:*",), ("*",)])
def test_any_other_function_is_not(allowed: Sequence[str]) -> None:
    with pytest.raises(ModelAccessError, match="brainswap:scoring-functions"):
        invoking(scoring(lambda _: {"score": 1}), ONE, allowed=allowed)


def test_a_star_for_a_version_is_none_for_the_code_that_is_being_worked_on() -> None:
    plan = plan_calls(FunctionSpec(name="f", type="lambda", function=DRAFT), [asked("yes")])

    with pytest.raises(ModelAccessError, match="brainswap:scoring-functions"):
        invoking(scoring(lambda _: {"score": 1}), plan, allowed=(f"{DRAFT}:*",))


def test_where_nobody_is_to_be_called_nobody_is() -> None:
    with pytest.raises(ModelAccessError, match="nobody here"):
        invoking(scoring(lambda _: {"score": 1}), ONE, because="nobody here")


def test_a_request_is_the_events_own_json() -> None:
    assert json.loads(questions_of(ONE)[0].prompt.messages[0].content)["scorer"] == "ours"
