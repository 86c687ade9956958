"""How many tokens a rendered prompt takes: about, and at the most."""

from collections.abc import Iterator

from brainswap.core.attachments.weights import most_tokens_of
from brainswap.core.money.costs import estimated_tokens
from brainswap.core.prompts.template import Prompt

TOKENS_AROUND = 64  # a vendor's wrapping of a prompt, of one of its turns or tools


def estimated_prompt_tokens(prompt: Prompt) -> int:
    """Words by the vendors' rule of thumb, and files by their kind."""
    calls = sum(len(call.arguments) for turn in prompt.messages for call in turn.tool_calls)
    return estimated_tokens(sum(map(len, prompt.texts)) + calls) + sum(file.tokens for file in prompt.attached())


def most_prompt_tokens(prompt: Prompt) -> int:
    """No tokenizer makes more tokens of a text than it has bytes in UTF-8; the wrapping and the files come on top."""
    words = sum(len(text.encode("utf-8", "surrogatepass")) + TOKENS_AROUND for text in _all_texts(prompt))
    return words + sum(TOKENS_AROUND + most_tokens_of(file.format, file.size) for file in prompt.attached())


def _all_texts(prompt: Prompt) -> Iterator[str]:
    yield from prompt.texts
    for turn in prompt.messages:
        yield from (f"{call.name}{call.arguments}" for call in turn.tool_calls)
    for tool in prompt.tools:
        yield f"{tool.name}{tool.description or ''}{dict(tool.input_schema)}"
    if prompt.output is not None:
        yield str(dict(prompt.output.json_schema))
