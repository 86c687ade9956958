"""The three similarities against the packages that everybody reports them by, and what a scorer makes of them."""

import random
from typing import Any

import pytest
import sacrebleu
from nltk.stem.porter import PorterStemmer
from rapidfuzz.distance import Levenshtein
from rouge_score.rouge_scorer import RougeScorer

from brainswap.core.scoring.bleu import bleu, sentence
from brainswap.core.scoring.porter import stem
from brainswap.core.scoring.rouge import LONGEST_SEQUENCE, Variant, rouge, words
from brainswap.core.scoring.scorers import reference_problem, score
from brainswap.core.scoring.similarity import COMPARED, levenshtein
from brainswap.core.scoring.specs import BleuSpec, LevenshteinSpec, RougeSpec, ScorerSpec
from tests.unit.scoring.adversaries import inflected, text_pairs

PAIRS = 1_500
WORDS_WITH_STEMS = (
    *(
        "caresses",
        "ponies",
        "ties",
        "dies",
        "died",
        "spied",
        "feed",
        "agreed",
        "plastered",
        "sing",
        "conflated",
        "sized",
    ),
    *("hopping", "falling", "hissing", "filing", "happy", "enjoy", "rationally", "hopefully", "geology", "archaeology"),
    *(
        "adoption",
        "onion",
        "rate",
        "cease",
        "controll",
        "roll",
        "skies",
        "dying",
        "innings",
        "succeed",
        "y",
        "by",
        "us",
    ),
)
ALIKE = LevenshteinSpec(name="alike", type="levenshtein")
ROUGE = RougeSpec(name="rouge", type="rouge")
BLEU = BleuSpec(name="bleu", type="bleu")


@pytest.mark.parametrize("stemming", [False, True])
@pytest.mark.parametrize("variant", ["rouge1", "rouge2", "rougeL"])
def test_rouge_is_that_of_rouge_score(variant: Variant, *, stemming: bool) -> None:
    oracle = RougeScorer([variant], use_stemmer=stemming)

    for said, expected in text_pairs(seed=1, count=PAIRS):
        ours = rouge(variant, words(said, stemming=stemming), words(expected, stemming=stemming))
        theirs = oracle.score(expected, said)[variant]

        assert ours.of("precision") == pytest.approx(theirs.precision, abs=1e-12)
        assert ours.of("recall") == pytest.approx(theirs.recall, abs=1e-12)
        assert ours.of("f1") == pytest.approx(theirs.fmeasure, abs=1e-12)


def test_stems_are_those_of_nltk() -> None:
    oracle = PorterStemmer()
    chance = random.Random(4)  # noqa: S311 - not for secrets

    for word in (*WORDS_WITH_STEMS, *(inflected(chance) for _ in range(20_000))):
        assert stem(word) == oracle.stem(word), word


def test_bleu_is_that_of_sacrebleu() -> None:
    for said, expected in text_pairs(seed=2, count=PAIRS):
        theirs = sacrebleu.sentence_bleu(said, [expected]).score / 100

        assert bleu(said, sentence(expected)) == pytest.approx(theirs, abs=1e-12), (said, expected)


def test_levenshtein_is_that_of_rapidfuzz() -> None:
    for said, expected in text_pairs(seed=3, count=PAIRS):
        if said or expected:
            assert levenshtein(said, expected) == pytest.approx(Levenshtein.normalized_similarity(said, expected))


@pytest.mark.parametrize("spec", [ALIKE, ROUGE, BLEU])
def test_a_text_is_like_itself(spec: ScorerSpec) -> None:
    text = "Your refund of $12.50 is on its way, and arrives within 3-5 days."

    assert score(spec, f" {text}\n", text).value == 1.0
    assert score(spec, "Nothing whatever", "quite unlike 1").value == pytest.approx(0.0, abs=0.3)


def test_similarity_by_hand() -> None:
    lcs = "the cat sat on the mat"

    assert score(ALIKE, "kitten", "sitting").value == pytest.approx(1 - 3 / 7)
    assert score(ROUGE, "the cat on a mat", lcs).value == pytest.approx(2 * 4 / (5 + 6))
    assert score(
        RougeSpec(name="r", type="rouge", variant="rouge2", measure="recall"), "the cat on a mat", lcs
    ).value == (pytest.approx(1 / 5))
    assert score(
        RougeSpec(name="r", type="rouge", variant="rouge1", measure="precision"), "the a the the", lcs
    ).value == (pytest.approx(2 / 4))


def test_the_likest_of_several_references_counts() -> None:
    found = score(ALIKE, "colour", ["hue", "color", "tint"])

    assert found.value == pytest.approx(5 / 6)
    assert found.reason == "0.8333 by characters against the nearest of 3 references"
    assert score(ROUGE, "a b", ["c d", "a b"]).value == 1.0
    assert score(BLEU, "a b", ["c d", "a b"]).value == 1.0


@pytest.mark.parametrize(
    ("spec", "text", "value", "reason"),
    [
        (
            LevenshteinSpec(name="a", type="levenshtein", threshold=0.5),
            "ab",
            1.0,
            "0.5000 by characters against the reference; reaches 0.5",
        ),
        (
            RougeSpec(name="a", type="rouge", threshold=0.9),
            "a c",
            0.0,
            "0.0000 f1 of rougeL against the reference; stays below 0.9",
        ),
        (BleuSpec(name="a", type="bleu", threshold=1), "abcd", 1.0, "1.0000 BLEU against the reference; reaches 1"),
    ],
)
def test_a_threshold_makes_it_one_or_zero(spec: ScorerSpec, text: str, value: float, reason: str) -> None:
    found = score(spec, text, "abcd")

    assert found.value == value
    assert found.reason == reason


def test_case_is_folded_only_where_it_is_asked_for() -> None:
    assert score(ALIKE, "ABC", "abc").value == 0.0
    assert score(LevenshteinSpec(name="a", type="levenshtein", ignore_case=True), "ABC", "abc").value == 1.0


def test_stems_are_compared_where_it_is_asked_for() -> None:
    assert score(ROUGE, "refunding happily", "refunds happy").value == 0.0
    assert score(RougeSpec(name="a", type="rouge", stemming=True), "refunding happily", "refunds happily").value == 1.0


@pytest.mark.parametrize(
    ("spec", "reference", "problem"),
    [
        (ALIKE, " ", "the reference is blank, and nothing is like that"),
        (ALIKE, None, "the reference is missing"),
        (BLEU, ["a", "\n"], "the reference is blank, and nothing is like that"),
        (ROUGE, "日本語", "the reference has no words of a-z and 0-9, which are all that ROUGE knows"),
        (ROUGE, {"a": 1}, "the reference is structured; name the part to compare with 'reference'"),
    ],
)
def test_a_reference_that_nothing_can_be_like_is_refused(spec: ScorerSpec, reference: Any, problem: str) -> None:
    assert reference_problem(spec, reference) == problem
    assert score(spec, "a", reference).value is None


def test_of_an_endless_text_a_part_is_compared_and_the_rest_counts_as_different() -> None:
    long = "a" * (2 * COMPARED)
    many = "a " * (2 * LONGEST_SEQUENCE)

    by_characters, by_words = score(ALIKE, long, long + "b"), score(ROUGE, many, many + "b")

    assert by_characters.value == pytest.approx(0.5, abs=1e-4)
    assert by_characters.reason.endswith("by the first 20,000 characters")
    assert by_words.value == pytest.approx(0.5, abs=1e-4)
    assert by_words.reason.endswith("by the first 20,000 words")
    assert score(ALIKE, long, long).value == 1.0
