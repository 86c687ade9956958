"""Instructions about how an answer begins, how it ends, and how often it answers."""

from brainswap.core.scoring.instructions.finding import Finding
from brainswap.core.scoring.quoting import QUOTE, quote


def two_responses(text: str) -> Finding:
    """Exactly two different ones, parted by ``******``."""
    responses = [response.strip() for response in text.split("******")]
    if not all(responses[1:-1]):
        return Finding(followed=False, found="nothing between two dividers")
    given = [response for response in responses if response]
    if len(given) != 2:  # noqa: PLR2004 - the instruction's name says it
        return Finding(followed=False, found=f"{len(given):,} responses parted by ****** where 2 are asked for")
    same = given[0] == given[1]
    return Finding(followed=not same, found="the same response twice" if same else "2 different responses")


def repeat_prompt(text: str, *, prompt_to_repeat: str) -> Finding:
    """Nothing stands before the prompt; case does not matter."""
    repeated = text.strip().lower().startswith(prompt_to_repeat.strip().lower())
    return Finding(
        followed=repeated,
        found="the request repeated first" if repeated else f"starts with {quote(text.strip())} and not the request",
    )


def end_checker(text: str, *, end_phrase: str) -> Finding:
    """Quotation marks may follow the phrase; case does not matter."""
    body = text.strip().strip('"')
    followed = body.lower().endswith(end_phrase.lower())
    return Finding(followed=followed, found=f"ends with {quote(body[-QUOTE:])} where {quote(end_phrase)} is asked for")


def quotation(text: str) -> Finding:
    """The whole answer stands in straight double quotation marks."""
    body = text.strip()
    quoted = len(body) > 1 and body[0] == body[-1] == '"'
    return Finding(followed=quoted, found=f"{'' if quoted else 'no '}double quotation marks around the answer")
