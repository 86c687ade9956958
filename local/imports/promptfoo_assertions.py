"""What the assertions of promptfoo are as scorers: one table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.loading.declaration import parse_declaration
from brainswap.core.prompts.template import as_text
from brainswap.core.wording import printable

_JSON_INSIDE = r"\A[^{\[]*([{\[][\s\S]*[}\]])"  # anchored, so that a search takes no longer than the text
_DEMAND = "The answer does what the reference demands."
ENDS = {
    "stop": ["end_turn", "stop", "stop_sequence"],
    "length": ["truncated"],
    "content_filter": ["filtered"],
    "tool_calls": ["tool_use", "tool_calls"],
}


class UnusableValueError(ValueError):
    """An assertion's value is none that the scorer could work with; the message says what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What an assertion says.

    Attributes:
        settings: of the scorer.
        expected: what differs from case to case and goes into its reference; None where the settings say it all.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    expected: Any = None


Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How an assertion becomes a scorer.

    Attributes:
        type: of the scorer.
        read: the value and the settings of the assertion.
        fixed: settings of every such scorer.
        constant: further settings where the same is expected of all cases; None where it always is in the reference.
        referenced: further settings where it is in the cases' references.
        alone: the scorer never looks at a reference that it is not told of.
        judged: it needs a model that judges.
        difference: in what it differs from the assertion.
    """

    type: str
    read: Callable[[Any, Settings], Read]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    constant: Callable[[Any], Mapping[str, Any]] | None = None
    referenced: Mapping[str, Any] = field(default_factory=dict)
    alone: bool = True
    judged: bool = False
    difference: str = ""
    uses: frozenset[str] = field(default_factory=frozenset)


def _text(value: Any, _settings: Settings) -> Read:
    if value is None or isinstance(value, Mapping | list):
        raise UnusableValueError("Write the text to compare with as `value`.")
    return Read(expected=as_text(value))


def _texts(value: Any, _settings: Settings) -> Read:
    members = value if isinstance(value, list) else as_text(value).split(",") if value is not None else []
    texts = [as_text(member).strip() for member in members if not isinstance(member, Mapping | list)]
    if not texts or not all(texts):
        raise UnusableValueError("Write the texts as a list.")
    return Read(expected=texts)


def _pattern(value: Any, _settings: Settings) -> Read:
    if not isinstance(value, str) or not value:
        raise UnusableValueError("Write the pattern as `value`.")
    return Read(settings={"pattern": value.replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!")})


def _schema(value: Any, _settings: Settings) -> Read:
    if isinstance(value, str) and value.strip():
        try:
            value = parse_declaration("schema", value).value
        except InvalidWorkloadError as error:
            raise UnusableValueError(f"Write the schema as an object; {error.problems[0].wrong}.") from error
    if value is None or value is True or value == "":
        return Read()
    if not isinstance(value, Mapping):
        raise UnusableValueError("Write a JSON Schema as an object.")
    return Read(settings={"schema": dict(value)})


def _nothing(_value: Any, _settings: Settings) -> Read:
    return Read()


def _threshold(key: str, default: float | None) -> Callable[[Any, Settings], Read]:
    """A text, from how much likeness on it counts."""

    def read(value: Any, settings: Settings) -> Read:
        found = _text(value, settings)
        threshold = _number(settings.get("threshold", default))
        return Read(settings={} if threshold is None else {key: threshold}, expected=found.expected)

    return read


def _at_most(key: str) -> Callable[[Any, Settings], Read]:
    def read(value: Any, settings: Settings) -> Read:
        limit = _number(settings.get("threshold", value))
        if limit is None:
            raise UnusableValueError("Write the limit as `threshold`.")
        return Read(settings={key: limit})

    return read


def _ways_to_end(value: Any, settings: Settings) -> Read:
    reason = str(_text(value, settings).expected).strip().lower()
    return Read(settings={"allowed": ENDS.get(reason, [reason])})


def _words(value: Any, _settings: Settings) -> Read:
    if isinstance(value, Mapping):
        bounds = {key: _number(value.get(key)) for key in ("min", "max")}
        found = {key: int(bound) for key, bound in bounds.items() if bound is not None}
    else:
        count = _number(value)
        found = {} if count is None else {"min": int(count), "max": int(count)}
    if not found:
        raise UnusableValueError("Write a number of words, or {min: …, max: …}.")
    return Read(settings=found)


def _tool_names(value: Any, settings: Settings) -> Read:
    return Read(expected=[{"name": name, "arguments": {}} for name in _texts(value, settings).expected])


def _demands(value: Any, _settings: Settings) -> Read:
    parts = value if isinstance(value, list) else [value]
    text = "\n".join(as_text(part) for part in parts if part is not None).strip()
    if not text:
        raise UnusableValueError("Write what the answer has to do as `value`.")
    return Read(expected=text)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not abs(number) < float("inf"):
        return None
    return int(number) if number.is_integer() else number


def _one_criterion(text: Any) -> Mapping[str, Any]:
    return {"criteria": [{"name": "demand", "description": text}]}


def _equal_row(value: Any) -> Row:
    return JSON_OBJECT if isinstance(value, Mapping) else ROWS["equals"]


_LIMIT = frozenset({"threshold"})
_ALIKE = "1 from the threshold on, else 0"
_FREE = "no threshold on the number of edits: the share of the text that is alike"

JSON_OBJECT = Row(
    type="json",
    read=lambda value, _settings: Read(expected=dict(value)),
    alone=False,
    difference="field by field, with partial credit; further fields do not matter",
)

ROWS: Mapping[str, Row] = {
    "equals": Row(type="exact", read=_text, difference="white space around it does not matter"),
    "contains": Row(type="contains", read=_text, fixed={"ignore_case": False}, constant=lambda text: {"value": text}),
    "icontains": Row(type="contains", read=_text, fixed={"ignore_case": True}, constant=lambda text: {"value": text}),
    "contains-all": Row(
        type="contains_all", read=_texts, fixed={"ignore_case": False}, constant=lambda texts: {"values": texts}
    ),
    "icontains-all": Row(
        type="contains_all", read=_texts, fixed={"ignore_case": True}, constant=lambda texts: {"values": texts}
    ),
    "contains-any": Row(
        type="contains_any", read=_texts, fixed={"ignore_case": False}, constant=lambda texts: {"values": texts}
    ),
    "icontains-any": Row(
        type="contains_any", read=_texts, fixed={"ignore_case": True}, constant=lambda texts: {"values": texts}
    ),
    "starts-with": Row(
        type="starts_with",
        read=_text,
        fixed={"ignore_case": False},
        constant=lambda text: {"value": text},
        uses=_LIMIT,
    ),
    "regex": Row(type="regex", read=_pattern),
    "is-json": Row(type="json", read=_schema, alone=False, difference="a fence around the JSON does not matter"),
    "contains-json": Row(
        type="json",
        read=_schema,
        fixed={"extract": {"regex": _JSON_INSIDE}},
        alone=False,
        difference="from the first bracket to the last",
    ),
    "is-refusal": Row(type="refusal", read=_nothing),
    "levenshtein": Row(type="levenshtein", read=_text, difference=_FREE, uses=_LIMIT),
    "rouge-n": Row(
        type="rouge",
        read=_threshold("threshold", 0.75),
        fixed={"variant": "rouge1"},
        difference=_ALIKE,
        uses=_LIMIT,
    ),
    "bleu": Row(type="bleu", read=_threshold("threshold", 0.5), difference=_ALIKE, uses=_LIMIT),
    "similar": Row(
        type="similarity",
        read=_threshold("threshold", 0.75),
        fixed={"model": "amazon.titan-embed-text-v2:0"},
        difference=f"{_ALIKE}; by embeddings of Amazon Titan, for which the threshold has to be found anew",
        uses=_LIMIT,
    ),
    "latency": Row(type="latency", read=_at_most("at_most_ms"), uses=_LIMIT),
    "cost": Row(type="cost", read=_at_most("at_most_usd"), uses=_LIMIT),
    "finish-reason": Row(type="finish", read=_ways_to_end),
    "word-count": Row(type="length", read=_words, fixed={"unit": "words"}),
    "tool-call-f1": Row(
        type="tool_call",
        read=_tool_names,
        fixed={"names_only": True},
        difference="1 from the threshold on and shares below it are the scorer's own",
        uses=_LIMIT,
    ),
    "is-valid-openai-tools-call": Row(
        type="finish",
        read=_nothing,
        fixed={"allowed": ["tool_use", "tool_calls"]},
        difference="whether a tool is called; its arguments are not held against its schema",
    ),
    "llm-rubric": Row(
        type="rubric",
        read=_demands,
        constant=_one_criterion,
        referenced={**_one_criterion(_DEMAND), "show_reference": True},
        judged=True,
        difference="a judge gives 1 to 5 instead of pass or fail",
        uses=_LIMIT,
    ),
    "g-eval": Row(
        type="rubric",
        read=_demands,
        constant=_one_criterion,
        referenced={**_one_criterion(_DEMAND), "show_reference": True},
        judged=True,
        difference="a judge gives 1 to 5, without steps of its own",
        uses=_LIMIT,
    ),
    "factuality": Row(type="factuality", read=_text, judged=True, difference="in shares, by class"),
    "model-graded-factuality": Row(type="factuality", read=_text, judged=True, difference="in shares, by class"),
    "model-graded-closedqa": Row(
        type="closed_qa",
        read=_demands,
        constant=lambda text: {"criterion": text},
        referenced={"criterion": _DEMAND, "show_reference": True},
        judged=True,
    ),
}

_CODE = "Code is never run: declare a scorer that says the same, or a `lambda` scorer with your function."
_COMPARED = "Answers are compared case by case: declare a `pairwise` scorer, which compares with the source's."
REMEDIES: Mapping[str, str] = {
    "javascript": _CODE,
    "python": _CODE,
    "ruby": _CODE,
    "webhook": "No address is called: declare a scorer that says the same, or a `lambda` scorer with your function.",
    "select-best": _COMPARED,
    "max-score": _COMPARED,
    "human": "Look at the cases in the report.",
    "moderation": "Declare a `toxicity` scorer, or a `guardrail` that the application uses.",
    "answer-relevance": "Declare a `rubric` that asks for it.",
    "context-faithfulness": "Declare a `rubric` that asks for it, with the context in the input.",
    "context-recall": "Declare a `rubric` that asks for it, with the context in the input.",
    "context-relevance": "It judges the retrieval and not the answer.",
}
UNKNOWN_REMEDY = "Declare a scorer that says the same by hand."

WORDS = frozenset({*ROWS, *REMEDIES, "assert-set", "classifier", "contains-html", "contains-sql", "contains-xml"}) | {
    "gleu", "guardrails", "is-html", "is-sql", "is-valid-function-call", "is-valid-openai-function-call", "is-xml",
    "meteor", "perplexity", "perplexity-score", "pi", "search-rubric", "agent-rubric", "conversation-relevance",
    "skill-used", "trace-error-spans", "trace-span-count", "trace-span-duration", "trajectory:goal-success",
    "trajectory:step-count", "trajectory:tool-args-match", "trajectory:tool-sequence", "trajectory:tool-used",
}  # fmt: skip


def row_of(word: str, value: Any) -> Row | None:
    """The row for an assertion; None where there is none."""
    return _equal_row(value) if word == "equals" else ROWS.get(word)


def remedy_of(word: str) -> str:
    return REMEDIES.get(word, UNKNOWN_REMEDY)


def arrow(word: str, row: Row) -> str:
    """How an account calls a mapping."""
    difference = f" ({row.difference})" if row.difference else ""
    return f"assertion {printable(word)} → scorer {row.type}{difference}"
