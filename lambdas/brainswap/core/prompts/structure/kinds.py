"""What a part is for, told from its title or its first words; a guess that changes no letter."""

import re
from collections.abc import Mapping

from brainswap.core.prompts.structure.parts import Kind
from brainswap.core.prompts.structure.spans import SLOT

_WORDS: Mapping[Kind, str] = {
    "examples": r"examples?|few.?shots?|samples?|demonstrations?|beispiele?|exemples?|ejemplos?|例|示例",
    "output": (
        r"output|format|formatting|response|respond|answer|reply|result|json|schema|ausgabe\w*|antwort\w*|réponse"
        r"|salida|respuesta|出力\w*|回答|输出\w*"
    ),
    "rules": (
        r"rules?|instructions?|guidelines?|constraints?|requirements?|important|notes?|steps?|policy|policies"
        r"|principles?|regeln|\w+regeln|règles|reglas|指示|要求|规则"
    ),
    "role": r"role|persona|identity|rolle|rôle",
    "task": r"task|objective|goal|mission|purpose|aufgabe|tâche|tarea|任务|任務",
    "context": r"context|background|overview|about|kontext|contexte|contexto|背景",
    "input": (
        r"input|inputs|question|query|document|documents|text|ticket|transcript|message|email|article|user.?text|data"
        r"|frage|eingabe|pregunta|输入|質問"
    ),
}
_TITLES = {kind: re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE) for kind, words in _WORDS.items()}
_ROLE = re.compile(
    r"\s*(?:you are|you're|act as|i want you to act as|please act as|your role is|sie sind|du bist|vous êtes|tu es"
    r"|eres|あなたは|你是|您是)\b",
    re.IGNORECASE,
)
_OUTPUT = re.compile(
    r"\b(?:(?:respond|answer|reply|return|output)\b.{0,60}\b(?:only|json|format|tags?|with|in|as)\b"
    r"|(?:in|following|json|yaml|xml) format\b)",
    re.IGNORECASE | re.DOTALL,
)
_LIST = re.compile(r"(?:^|\n)[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+\S")
_ONLY_LABEL = re.compile(r"[^\n]{0,60}?[:\uff1a]?\s*")


def kind_of_title(title: str) -> Kind:
    """By the words of a heading, a label or an element's name; an example of an output tells the form of it."""
    if _TITLES["examples"].search(title) and _TITLES["output"].search(title):
        return "output"
    return next((kind for kind, words in _TITLES.items() if words.search(title)), "text")


def kind_of_words(body: str) -> Kind:
    """By what a paragraph says."""
    if is_input(body):
        return "input"
    if _ROLE.match(body):
        return "role"
    if _OUTPUT.search(body[:2_000]):
        return "output"
    return "rules" if _LIST.search(body[:2_000]) else "text"


def is_input(body: str) -> bool:
    """Whether there is nothing but slots, each with a label of a few words at most."""
    if not SLOT.search(body):
        return False
    return all(
        SLOT.search(line) and _ONLY_LABEL.fullmatch(SLOT.sub("", line)) and line.rstrip().endswith(("}", "$"))
        for line in body.strip().splitlines()
        if line.strip()
    )
