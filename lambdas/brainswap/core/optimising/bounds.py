"""How much dearer a call may become by a prompt that a search tries."""

from collections.abc import Collection

from brainswap.core.cases import Case
from brainswap.core.money.costs import estimated_tokens
from brainswap.core.optimising.evidence import OUTPUT_TOKENS
from brainswap.core.prompts.guards import Bounds, CallPrice
from brainswap.core.prompts.template import Prompt, as_text

_SPARE_TOKENS = estimated_tokens(Bounds().spare_characters)  # what a prompt of one line may grow by costs what it costs


def bounds_of(prompt: Prompt, cases: Collection[Case], *, usd: tuple[float, float] | None) -> Bounds:
    """The guards' bounds of growth, with what a call costs; its parts are told by letters.

    Args:
        prompt: that is to be improved.
        cases: some that fill its placeholders, with references for answers.
        usd: what a token costs that goes in, and one that comes out. None where a price is unknown: then tokens are
            counted, as `OUTPUT_TOKENS` has it, for a bound needs ratios alone.
    """
    inward, outward = usd or (1.0, OUTPUT_TOKENS)
    names = prompt.placeholders
    values = [sum(len(as_text(value)) for name, value in case.input.items() if name in names) for case in cases]
    answers = [len(as_text(case.reference)) for case in cases if case.reference is not None]
    price = CallPrice(
        input_usd=inward,
        output_usd=outward,
        case_tokens=estimated_tokens(sum(values)) / max(1, len(values)),
        answer_tokens=estimated_tokens(sum(answers)) / max(1, len(answers)),
    )
    return Bounds(spare_tokens=_SPARE_TOKENS, price=price)
