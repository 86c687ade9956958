"""How AWS writes accounts, ARNs, instants and the names of models."""

import re
from datetime import UTC, datetime
from types import MappingProxyType

ACCOUNT = "123456789012"

_REVISION = re.compile(r"(?:-(\d+))?:.*$|@.*$")
_VERSION = re.compile(r"-v(\d+)$")
_RELEASE = re.compile(r"-(?:\d{8}|\d{4})$")
_SIZE = re.compile(r"[ae]?\d+(?:\.\d+)?[bm]")


_ACRONYMS = frozenset({"glm", "it", "vl"})
_PROVIDERS = MappingProxyType(
    {
        "ai21": "AI21 Labs",
        "deepseek": "DeepSeek",
        "minimax": "MiniMax",
        "mistral": "Mistral AI",
        "moonshotai": "Moonshot AI",
        "nvidia": "NVIDIA",
        "openai": "OpenAI",
        "twelvelabs": "TwelveLabs",
        "xai": "xAI",
        "zai": "Z.AI",
    }
)


def arn(service: str, region: str, resource: str, *, account: str = ACCOUNT) -> str:
    """An ARN; the account is empty for what belongs to AWS itself."""
    partition = "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return f"arn:{partition}:{service}:{region}:{account}:{resource}"


def instant(date: datetime) -> str:
    """ISO 8601 in UTC, to the millisecond; a date without a zone is taken for UTC."""
    moment = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def provider_name(model_id: str) -> str:
    """Who makes a model, by its id without the prefix of a profile."""
    vendor = model_id.partition(".")[0]
    return _PROVIDERS.get(vendor, vendor.capitalize())


def model_name(model_id: str) -> str:
    """The name of a model as a reader would write it, such as "Claude 3.5 Haiku"; made from its id.

    A release date is no part of the name, so that several releases of a model may share one.

    Args:
        model_id: without the prefix of a profile.
    """
    vendor, _, rest = model_id.partition(".")
    bare = _REVISION.sub("", rest or vendor)
    version = _VERSION.search(bare)
    bare = _RELEASE.sub("", _VERSION.sub("", bare))
    if bare.startswith("gpt-oss"):
        return bare
    if bare.startswith("gpt-"):
        return "GPT-" + " ".join(_words(bare.removeprefix("gpt-")))
    words = _words(re.sub(r"^llama(?=\d)", "llama-", bare))
    if vendor == "deepseek":
        words = [f"DeepSeek-{bare.upper()}"]
    if vendor == "anthropic" and version is not None and int(version[1]) > 1 and len(words) > 1:
        words.append(f"v{version[1]}")
    return " ".join(words) or model_id


def _words(bare: str) -> list[str]:
    """Capitalised words, with the numbers of a version that stand side by side joined by points."""
    words: list[str] = []
    for part in filter(None, bare.split("-")):
        if part.isdecimal() and words and re.fullmatch(r"\d{1,2}", words[-1]):
            words[-1] += f".{part}"
        elif part in _ACRONYMS or _SIZE.fullmatch(part):
            words.append(part.upper())
        else:
            words.append(part[:1].upper() + part[1:])
    return words
