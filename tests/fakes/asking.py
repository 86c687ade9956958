"""What the adapters that ask models need besides a server: a clock, an account and a question."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, cast

from botocore.credentials import Credentials

from brainswap.core.calls import Settings
from brainswap.core.cases import Case
from brainswap.core.prompts.template import Message, Output, Prompt, Tool
from brainswap.ports import Endpoint, Question

if TYPE_CHECKING:
    from botocore.session import Session

CASE = Case.model_validate(
    {
        "id": "case #1 (é)",
        "input": {"question": "What is the capital of Austria?"},
        "recorded": {"old": {"output": "Vienna, of course.", "latency_ms": 80.0, "first_token_ms": 30.0}},
    }
)
WEATHER = Tool(name="weather", input_schema={"type": "object"}, description="The weather of a city.")
CITY = Output(
    name="city",
    json_schema={
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
)


class MachineClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_ms(self) -> float:
        return time.perf_counter() * 1000


class Account:
    """Opens sessions that find one set of credentials after the other, and the last one from then on."""

    def __init__(self, endpoint: str, keys: Sequence[str | None] = ("AKID",)) -> None:
        self._endpoint = endpoint
        self._keys = list(keys)
        self.opened = 0

    def open_session(self) -> "Session":
        key = self._keys[min(self.opened, len(self._keys) - 1)]
        self.opened += 1
        meta = SimpleNamespace(endpoint_url=self._endpoint, region_name="eu-central-1")
        session = SimpleNamespace(
            get_config_variable=lambda _name: None,
            create_client=lambda _service, region_name: SimpleNamespace(  # noqa: ARG005 - botocore's form
                meta=meta, close=lambda: None
            ),
            get_credentials=lambda: key and Credentials(key, "secret", "token"),
        )
        return cast("Session", session)


def question(
    model: str = "anthropic.claude-3-haiku-20240307-v1:0",
    *,
    streams: bool = True,
    messages: tuple[Message, ...] | None = None,
    tools: tuple[Tool, ...] = (),
    output: Output | None = None,
    endpoint: Endpoint | None = None,
    labels: Mapping[str, str] | None = None,
    form: Literal["text", "native", "tool"] = "text",
    **settings: Any,
) -> Question:
    """A question about `CASE`; ``form`` is that of its output, and further arguments are settings."""
    content = "Answer shortly.\n\nWhat is the capital of Austria?"
    return Question(
        model=model,
        streams=streams,
        prompt=Prompt(
            system="You know geography.",
            messages=messages or (Message(role="user", content=content),),
            tools=tools,
            output=output,
        ),
        settings=Settings(**{"max_tokens": 1024, "output": form, **settings}),
        case=CASE,
        recording="old",
        repeat=2,
        labels={"case": CASE.id, "run": "r" * 400} if labels is None else labels,
        endpoint=endpoint or Endpoint(),
    )
