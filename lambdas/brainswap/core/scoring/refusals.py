"""How models refuse, in English, German, French and Spanish.

A refusal names help, the request or a kind of content as what is denied. "I cannot tell from the text" and "I cannot
find an order of that number" deny knowledge, and may well be right answers.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Patterns of one language; a single space stands for any white space.

    Attributes:
        excuse: what may stand before a refusal.
        refusal: what makes it one.
    """

    excuse: str
    refusal: str


_LANGUAGES = {
    "en": Wording(
        excuse=r"(?:(?:i'm|i am|we're|we are) (?:very |really |truly |so )?sorry|sorry|i apologi[sz]e|my apologies"
        r"|unfortunately|as an ai(?: (?:language )?(?:model|assistant))?)[,.;:]?(?: but| however,?)?",
        refusal=r"(?:i|we)"
        r"(?: can't| cannot| can not| won't| will not|(?:'m|'re| am| are) (?:not able|unable|not going) to"
        r"|(?:'m|'re| am| are) not (?:comfortable|allowed|permitted) to)"
        r"(?: be able to)?"
        r"(?: (?:help|assist)(?: you)?(?: with\b| in\b|[.!,]|$)"
        r"| comply\b"
        r"| (?:fulfil|fulfill|complete|accommodate) (?:this|that|your|the) request"
        r"| (?:engage|participate) in\b"
        r"| (?:do|support|discuss|continue with) (?:this|that)\b"
        r"| (?:create|generate|write|produce|provide|give|share|offer)(?: you(?: with)?)?"
        r"(?: any| this| that| such| explicit| harmful| detailed)*"
        r" (?:content|instructions|guidance|advice|assistance|(?:medical|legal|financial) (?:advice|opinions?))\b)",
    ),
    "de": Wording(
        excuse=r"(?:(?:es )?tut mir (?:sehr )?leid|entschuldigung|leider)[,.;:]?(?: aber)?",
        refusal=r"(?:(?:dabei|hierbei|damit) )?(?:ich |wir )?(?:kann|können|darf|dürfen)(?: ich| wir)?(?: leider)?"
        r"(?: (?:ihnen|dir|euch))?(?: leider)?(?: (?:dabei|hierbei|damit|bei \w+(?: \w+)?))?"
        r"(?: leider)? nicht (?:(?:dabei|damit|weiter) )?(?:weiter)?(?:helfen|behilflich sein)"
        r"|(?:ich )?(?:kann|darf)(?: ich)? (?:dieser?|diesen?|ihrer?|ihren?|deiner?) (?:anfrage|bitte|wunsch)"
        r"(?: leider)? nicht (?:nachkommen|erfüllen|beantworten|bearbeiten)",
    ),
    "fr": Wording(
        excuse=r"(?:(?:(?:je suis|nous sommes) )?(?:vraiment )?désolée?s?|malheureusement)[,.;:]?(?: mais)?",
        refusal=r"(?:je ne (?:peux|puis) (?:malheureusement )?pas|je ne suis pas en mesure de)"
        r"(?: vous aider| t'aider"
        r"| (?:répondre|accéder|donner suite) à (?:cette|votre|ta) (?:demande|requête)"
        r"| fournir (?:ce (?:type|genre) d|d'aide|de conseils))",
    ),
    "es": Wording(
        excuse=r"(?:lo siento(?: mucho)?|lo lamento|lamentablemente|me disculpo)[,.;:]?(?: pero)?",
        refusal=r"no (?:puedo|podemos)"
        r"(?: (?:ayudar|asistir)(?:te|le|les|os)?\b"
        r"| (?:cumplir(?: con)?|atender) (?:esta|esa|tu|su) (?:solicitud|petición)"
        r"| proporcionar(?:te|le)? (?:ese|este) tipo de)",
    ),
}
_OPENING = re.compile(
    r"[\"'*_>\s]*(?:"
    + "|".join(f"(?:{words.excuse} ){{0,2}}(?:{words.refusal})" for words in _LANGUAGES.values())
    + ")",
    re.IGNORECASE,
)
_SHORT = 600  # characters; a longer answer that opens with an excuse usually goes on to answer


def is_refusal(text: str) -> bool:
    """Whether a text is short and opens with a refusal."""
    if len(text) > _SHORT:
        return False
    return _OPENING.match(" ".join(text.replace("\u2019", "'").split())) is not None
