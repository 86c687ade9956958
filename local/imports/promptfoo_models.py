"""The providers of a promptfoo configuration as source and targets, with their parameters."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from brainswap.core.declared_models import Parameters
from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.loading.prompt_data import schema_problem, tools_of
from brainswap.core.wording import printable
from brainswap.core.workload import DeclaredModel
from local.imports.notebook import Notebook
from local.imports.promptfoo_files import SCHEME, Surroundings, UnreadableError, is_code

MOST_TARGETS = 20
JUDGES = (
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.amazon.nova-pro-v1:0",
    "us.meta.llama3-3-70b-instruct-v1:0",
)
_NO_CHATS = ("knowledge-base:", "agents:", "embeddings:", "nova-sonic:", "video:", "image:", "luma.")
_NO_TEXT = ("embedding:", "embeddings:", "image:", "assistant:", "realtime:", "moderation:", "transcription:", "video:")
_PARAMETERS = {
    "temperature": "temperature",
    "max_tokens": "max_tokens",
    "maxTokens": "max_tokens",
    "max_new_tokens": "max_tokens",
    "max_gen_len": "max_tokens",
    "max_tokens_to_sample": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "maxTokenCount": "max_tokens",
    "top_p": "top_p",
    "topP": "top_p",
    "top_k": "top_k",
    "topK": "top_k",
    "stop": "stop_sequences",
    "stop_sequences": "stop_sequences",
    "stopSequences": "stop_sequences",
}
_INNER = ("interfaceConfig", "inferenceConfig", "inference_config", "textGenerationConfig")
_SECRETS = frozenset({"apiKey", "api_key", "accessKeyId", "secretAccessKey", "sessionToken", "profile"})
_TOOLS_FILE = "prompts/tools.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedModels:
    """What a workload says of its models.

    Attributes:
        contenders: declarations; the first is the source.
        prompt: of the key ``prompt``: tools and the form of the answer, as the first model has them.
        files: texts by path.
    """

    contenders: list[dict[str, Any]] = field(default_factory=list)
    prompt: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def judge(self) -> dict[str, str]:
        """A model to judge with that is of no contender's vendor, where there is one."""
        vendors = [vendor for contender in self.contenders if (vendor := _vendor(contender["model"]))]
        return {"model": next((judge for judge in JUDGES if _vendor(judge) not in vendors), JUDGES[0])}


def imported_models(declared: Any, files: Surroundings, notes: Notebook) -> ImportedModels:
    """Source and targets in the order of the configuration; what is neither is named."""
    found = ImportedModels()
    for place, name, settings in _providers(declared, "providers", files, notes):
        model = model_id(name)
        if model is None:
            remedy = "Only models of Amazon Bedrock and of endpoints like OpenAI's are asked: declare one in its place."
            notes.name(place, f"provider {printable(name)}", remedy)
            continue
        contender = {"model": model, **_settings(place, model, settings, found=found, files=files, notes=notes)}
        if contender in found.contenders[1:]:
            notes.name(place, f"provider {printable(name)} once more", "It is the same model with the same parameters.")
        elif len(found.contenders) > MOST_TARGETS:
            notes.name(place, f"provider {printable(name)}", f"A workload has at most {MOST_TARGETS} targets.")
        else:
            found.contenders.append(contender)
            notes.map(place, "provider → source" if len(found.contenders) == 1 else "provider → target")
    return found


def model_id(name: str) -> str | None:
    """The id that a workload has for a provider; None where it has none."""
    kind, _, rest = name.strip().partition(":")
    if kind == "bedrock" and not rest.startswith(_NO_CHATS):
        rest = re.sub(r"^(converse|completion|chat|messages):", "", rest)
        arn = rest.find("arn:aws")
        model = rest[arn:] if arn >= 0 else rest
    elif kind == "openai" and not rest.startswith(_NO_TEXT):
        model = f"openai:{re.sub(r'^(chat|completion|responses):', '', rest)}" if rest else ""
    else:
        return None
    if kind == "bedrock" and ("." not in model and not model.startswith("arn:")):
        return None
    try:
        return DeclaredModel(model=model).model
    except ValidationError:
        return None


def _providers(
    declared: Any, place: str, files: Surroundings, notes: Notebook
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each provider's place, id and settings."""
    for index, item in enumerate(declared if isinstance(declared, list) else [] if declared is None else [declared]):
        where = f"{place}[{index}]"
        if isinstance(item, str) and item.startswith(SCHEME) and not is_code(item):
            try:
                for path in files.paths(item):
                    yield from _providers(
                        _no_reference(files.value(path)), f"{where} {files.named(path)}", files, notes
                    )
            except UnreadableError as error:
                notes.name(where, error.what, error.remedy)
        elif isinstance(item, str):
            yield where, item, {}
        elif isinstance(item, Mapping) and isinstance(item.get("id"), str):
            yield where, item["id"], item
        elif isinstance(item, Mapping) and len(item) == 1 and isinstance(next(iter(item.values())), Mapping):
            name, settings = next(iter(item.items()))
            yield where, str(settings.get("id", name)), settings
        else:
            notes.name(where, "a provider without an id", "Declare the model by hand.")


def _no_reference(value: Any) -> Any:
    """Files do not lead to further files, perhaps in a circle."""
    items = value if isinstance(value, list) else [value]
    return [item if not isinstance(item, str) or not item.startswith(SCHEME) else {} for item in items]


def _settings(
    place: str,
    model: str,
    settings: Mapping[str, Any],
    *,
    found: ImportedModels,
    files: Surroundings,
    notes: Notebook,
) -> dict[str, Any]:
    for key in sorted(settings.keys() - {"id", "config", "label"}):
        remedy = "Code is never run: say with `extract` what is compared." if key == "transform" else "Set it by hand."
        notes.name(f"{place}.{printable(key)}", f"setting {printable(key)} of a provider", remedy)
    config = settings.get("config")
    if not isinstance(config, Mapping):
        return {}
    flat = dict(config)
    for key in _INNER:
        if isinstance(inner := flat.pop(key, None), Mapping):
            flat.update(inner)
    declared: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    for key, value in flat.items():
        _take(f"{place}.config.{printable(key)}", key, value, parameters, notes)
    rest = {key: value for key, value in flat.items() if key not in _PARAMETERS}
    if model.startswith("openai:"):
        declared |= _endpoint(place, model, rest, notes)
    _take_form(place, rest, found, files, notes)
    for key in sorted(rest):
        secret = key in _SECRETS
        remedy = "It was not read: name where the key is with `key`." if secret else "Set it by hand, if it matters."
        notes.name(f"{place}.config.{printable(key)}", f"setting {printable(key)} of a provider", remedy)
    if parameters:
        declared["parameters"] = parameters
    return declared


def _take(place: str, key: str, value: Any, parameters: dict[str, Any], notes: Notebook) -> None:
    name = _PARAMETERS.get(key)
    if name is None:
        return
    listed = [value] if name == "stop_sequences" and isinstance(value, str) else value
    try:
        Parameters.model_validate({name: listed})
    except ValidationError:
        notes.name(place, f"parameter {printable(key)} with a value that it cannot have", "Set it by hand.")
        return
    if name in parameters and parameters[name] != listed:
        notes.name(
            place, f"parameter {printable(key)}, given twice", f"{name} is {parameters[name]!r}; change it by hand."
        )
        return
    parameters[name] = listed
    notes.map(place, f"parameter {name}")


def _endpoint(place: str, model: str, rest: dict[str, Any], notes: Notebook) -> dict[str, Any]:
    """Where an endpoint like OpenAI's is, and the name of the variable with its key."""
    declared: dict[str, Any] = {}
    wanted = {"base_url": rest.pop("apiBaseUrl", None), "key": rest.pop("apiKeyEnvar", None)}
    if wanted["key"] is not None:
        wanted["key"] = {"env": wanted["key"]}
    for key, value in wanted.items():
        if value is None:
            continue
        try:
            DeclaredModel.model_validate({"model": model, key: value})
        except ValidationError:
            notes.name(f"{place}.config", f"{key} of a form that is not allowed", "Set it by hand.")
        else:
            declared[key] = value
            notes.map(f"{place}.config", f"setting {key}")
    return declared


def _take_form(place: str, rest: dict[str, Any], found: ImportedModels, files: Surroundings, notes: Notebook) -> None:
    """Tools and the JSON that is expected, of the first model that has them; a prompt has them for all models."""
    tools = rest.get("tools")
    if tools is not None and "tools" not in found.prompt:
        try:
            if isinstance(tools, str):
                tools = files.value(files.path(tools))
            text = json.dumps(tools, ensure_ascii=False, indent=1)
            tools_of("tools", text)
        except (UnreadableError, InvalidWorkloadError) as error:
            remedy = error.remedy if isinstance(error, UnreadableError) else f"{error.problems[0].wrong}."
            notes.name(f"{place}.config.tools", "tools that cannot be read", remedy)
        else:
            found.prompt["tools"] = {"file": _TOOLS_FILE}
            found.files[_TOOLS_FILE] = text
            notes.map(f"{place}.config.tools", "tools")
        rest.pop("tools")
    elif tools is not None and found.files.get(_TOOLS_FILE) == json.dumps(tools, ensure_ascii=False, indent=1):
        rest.pop("tools")
    schema = _answer_schema(rest.get("response_format"))
    if schema is not None and "output" not in found.prompt and schema_problem(schema) is None:
        found.prompt["output"] = {"schema": schema}
        notes.map(f"{place}.config.response_format", "form of the answer")
        rest.pop("response_format")


def _answer_schema(form: Any) -> dict[str, Any] | None:
    inner = form.get("json_schema") if isinstance(form, Mapping) and form.get("type") == "json_schema" else None
    schema = inner.get("schema") if isinstance(inner, Mapping) else None
    return dict(schema) if isinstance(schema, Mapping) and "file" not in schema else None


def _vendor(model: str) -> str:
    parts = model.split(".")
    return next((part for part in parts[:2] if part in {"anthropic", "amazon", "meta", "mistral", "openai"}), "")
