import pytest

from brainswap.core.answers import AnswerStatus
from brainswap.core.scoring.hygiene import classify


@pytest.mark.parametrize(
    ("stop_reason", "status"),
    [
        ("max_tokens", AnswerStatus.TRUNCATED),
        ("model_context_window_exceeded", AnswerStatus.TRUNCATED),
        ("length", AnswerStatus.TRUNCATED),
        ("MAX_TOKENS", AnswerStatus.TRUNCATED),
        ("guardrail_intervened", AnswerStatus.FILTERED),
        ("content_filtered", AnswerStatus.FILTERED),
        ("content_filter", AnswerStatus.FILTERED),
        ("refusal", AnswerStatus.REFUSED),
        ("malformed_model_output", AnswerStatus.FAILED),
        ("malformed_tool_use", AnswerStatus.FAILED),
    ],
)
def test_a_stop_reason_decides_whatever_the_text_is(stop_reason: str, status: AnswerStatus) -> None:
    reason = f"the model stopped with {stop_reason.lower()}"

    assert classify("some text", stop_reason) == (status, reason)
    assert classify("", stop_reason) == (status, reason)


@pytest.mark.parametrize("stop_reason", [None, "end_turn", "stop_sequence", "stop", "tool_use", "anything new"])
def test_other_stop_reasons_leave_it_to_the_text(stop_reason: str | None) -> None:
    assert classify("64", stop_reason) == (AnswerStatus.ANSWERED, None)
    assert classify("", stop_reason)[0] is AnswerStatus.EMPTY


@pytest.mark.parametrize("text", ["", " \n\t", "\u00a0\u3000", "\ufeff", " \u200b \n"])
def test_white_space_is_no_answer(text: str) -> None:
    assert classify(text, "end_turn") == (AnswerStatus.EMPTY, "nothing but white space")


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can\u2019t help with that.",
        "I\u2019m sorry, I cannot assist you with this request.",
        "Sorry, but as an AI language model, I cannot provide medical advice.",
        "I cannot create explicit content.",
        "I'm unable to assist with that request.",
        "**I am not able to fulfill your request.**",
        "I won't be able to help with this.",
        "Unfortunately, I can't discuss this topic.",
        "Es tut mir leid, aber dabei kann ich Ihnen nicht helfen.",
        "Ich kann Ihnen damit leider nicht weiterhelfen.",
        "Leider kann ich dir dabei nicht helfen.",
        "Ich kann diese Anfrage nicht beantworten.",
        "Je suis désolé, mais je ne peux pas vous aider.",
        "Désolée, je ne peux pas répondre à cette demande.",
        "Je ne suis pas en mesure de vous aider.",
        "Lo siento, pero no puedo ayudarte con eso.",
        "No puedo cumplir con esta solicitud.",
    ],
)
def test_a_short_answer_that_opens_as_a_refusal_is_one(text: str) -> None:
    assert classify(text, "end_turn") == (AnswerStatus.REFUSED, "opens as a refusal does")


@pytest.mark.parametrize(
    "text",
    [
        "I cannot tell from the text.",
        "I cannot determine the exact number without more information.",
        "I'm sorry, but I could not find an order of that number.",
        "I'm sorry to hear that. How can I help?",
        "I'm sorry to inform you that I can't make it to the meeting today.",
        "Sorry about the double charge. I've issued a refund.",
        "Unfortunately, your card cannot be replaced before Monday.",
        "I can help with that: 64.",
        "I can't helping feeling that it is 64.",
        "We cannot provide a specific number for the total without knowing x.",
        "Ich kann die Zahl nicht bestimmen.",
        "Leider ist der Artikel ausverkauft.",
        "Je ne peux pas venir demain.",
        "No puedo ir mañana.",
        "refusal",
        '{"answer": "I cannot help with that"}',
        "I can't help with that, they said, and left. " + "The story goes on. " * 40,
    ],
)
def test_an_answer_that_denies_knowledge_or_tells_of_a_refusal_is_none(text: str) -> None:
    assert classify(text, "end_turn") == (AnswerStatus.ANSWERED, None)
