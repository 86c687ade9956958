"""Numbers in the sentences of gates."""


def level(confidence: float) -> str:
    """A confidence as a percentage with the digits that it needs, such as ``95%`` or ``99.17%``."""
    return f"{100 * confidence:.4g}%"
