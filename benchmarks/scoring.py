"""How many cases one core scores in a second, by type of scorer, and whether similarities are those of other packages.

    .venv/bin/python -m benchmarks.scoring [--seconds 1.0] [--pairs 2000] [--profile rougeL]

Each scorer sees answers of about 60 words, and ``json`` objects of six fields, each with a reference of its own, as a
run does it: compiled once, the reference read for each answer. Seconds are the processor's, and the rate is
that of the best of five rounds. Then rouge-score, sacrebleu and rapidfuzz compare the same random and adversarial texts
as we do; the table shows the largest difference.
"""

import argparse
import cProfile
import json
import pstats
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sacrebleu
from rapidfuzz.distance import Levenshtein
from rouge_score.rouge_scorer import RougeScorer

from brainswap.core.scoring.bleu import bleu, sentence
from brainswap.core.scoring.rouge import Variant, rouge, words
from brainswap.core.scoring.scorers import compiled
from brainswap.core.scoring.similarity import levenshtein
from brainswap.core.scoring.specs import (
    BleuSpec,
    ChoiceSpec,
    ExactSpec,
    Extract,
    JsonSpec,
    LabelSpec,
    LevenshteinSpec,
    NumberSpec,
    RougeSpec,
    ScorerSpec,
)
from brainswap.core.scoring.subject import Subject
from tests.unit.scoring.adversaries import text_pairs

CASES = 500
WORDS_OF_AN_ANSWER = 60
ROUNDS = 5
REPLACED = 0.3  # of the words of a reference that is like an answer
WORDING = (
    "we have received your request about the order and looked into it your refund was sent on Monday to the card that "
    "you paid with please allow up to five working days until it shows on your account if it does not arrive by then "
    "reply to this message with the number of the order so that our team can trace the payment for you thank you"
)
VOCABULARY = WORDING.split()
INTENTS = ("refund", "delivery", "complaint", "change of address", "cancellation", "other")
PRIORITIES = ("low", "normal", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """A scorer with cases to be scored; ``target`` is how many a second it should do, where somebody said so."""

    name: str
    spec: ScorerSpec
    make: Callable[[random.Random], tuple[str, Any]]
    target: int | None = None


def prose(chance: random.Random) -> str:
    said = [chance.choice(VOCABULARY) for _ in range(WORDS_OF_AN_ANSWER)]
    for at in range(11, WORDS_OF_AN_ANSWER, 12):
        said[at] += "."
    return " ".join(said).capitalize()


def reworded(text: str, chance: random.Random) -> str:
    return " ".join(chance.choice(VOCABULARY) if chance.random() < REPLACED else word for word in text.split())


def same(chance: random.Random) -> tuple[str, Any]:
    text = prose(chance)
    return f"{text}\n", chance.choice((text, reworded(text, chance)))


def alike(chance: random.Random) -> tuple[str, Any]:
    text = prose(chance)
    return text, reworded(text, chance)


def labelled(chance: random.Random) -> tuple[str, Any]:
    said = f"{prose(chance)} Category: **{chance.choice(INTENTS)}**"
    return said, chance.choice(INTENTS)


def numbered(chance: random.Random) -> tuple[str, Any]:
    amount = chance.randint(1, 99_999) / 100
    said = f"{prose(chance)} The total comes to ${amount:,.2f}"
    return said, chance.choice((amount, amount + 1))


def ticket(chance: random.Random) -> dict[str, Any]:
    return {
        "category": chance.choice(INTENTS),
        "priority": chance.choice(PRIORITIES),
        "order": chance.randint(10_000, 99_999),
        "amount": chance.randint(1, 99_999) / 100,
        "refund": chance.choice((True, False)),
        "summary": " ".join(chance.choice(VOCABULARY) for _ in range(WORDS_OF_AN_ANSWER)),
    }


def structured(chance: random.Random) -> tuple[str, Any]:
    reference = ticket(chance)
    said = reference | {"priority": chance.choice(PRIORITIES)}
    return f"```json\n{json.dumps(said, indent=2)}\n```", reference


def chosen(chance: random.Random) -> tuple[str, Any]:
    letter = chance.choice("ABCDEFGHIJ")
    said = f"{prose(chance)} {chance.choice(('The answer is', 'Answer:', 'So'))} ({letter})."
    return said, chance.choice("ABCDEFGHIJ")


SCHEMA = {
    "type": "object",
    "required": ["category", "priority", "order", "amount", "refund", "summary"],
    "properties": {
        "category": {"enum": list(INTENTS)},
        "priority": {"enum": list(PRIORITIES)},
        "order": {"type": "integer"},
        "amount": {"type": "number", "minimum": 0},
        "refund": {"type": "boolean"},
        "summary": {"type": "string", "maxLength": 1_000},
    },
}
CONTESTS = (
    Contest(name="exact", spec=ExactSpec(name="s", type="exact"), make=same, target=20_000),
    Contest(name="exact, any case", spec=ExactSpec(name="s", type="exact", ignore_case=True), make=same, target=20_000),
    Contest(name="label", spec=LabelSpec(name="s", type="label", labels=INTENTS), make=labelled, target=20_000),
    Contest(name="number", spec=NumberSpec(name="s", type="number"), make=numbered, target=20_000),
    Contest(
        name="number, last",
        spec=NumberSpec(name="s", type="number", extract=Extract(last_number=True)),
        make=numbered,
        target=20_000,
    ),
    Contest(name="json", spec=JsonSpec(name="s", type="json"), make=structured, target=2_000),
    Contest(
        name="json, schema", spec=JsonSpec(name="s", type="json", json_schema=SCHEMA), make=structured, target=2_000
    ),
    Contest(name="rouge1", spec=RougeSpec(name="s", type="rouge", variant="rouge1"), make=alike, target=2_000),
    Contest(name="rouge2", spec=RougeSpec(name="s", type="rouge", variant="rouge2"), make=alike, target=2_000),
    Contest(name="rougeL", spec=RougeSpec(name="s", type="rouge"), make=alike, target=2_000),
    Contest(name="rougeL, stems", spec=RougeSpec(name="s", type="rouge", stemming=True), make=alike, target=2_000),
    Contest(name="bleu", spec=BleuSpec(name="s", type="bleu"), make=alike),
    Contest(name="levenshtein", spec=LevenshteinSpec(name="s", type="levenshtein"), make=alike),
    Contest(name="choice", spec=ChoiceSpec(name="s", type="choice"), make=chosen),
)


def subjects_of(contest: Contest) -> Sequence[Subject]:
    chance = random.Random(contest.name)  # noqa: S311 - not for secrets
    made = (contest.make(chance) for _ in range(CASES))
    return [Subject(text=text, reference=reference) for text, reference in made]


def per_second(contest: Contest, seconds: float) -> float:
    """The rate of the best of five rounds that take ``seconds`` of the processor together."""
    judge, subjects = compiled(contest.spec), subjects_of(contest)
    best = 0.0
    for _ in range(ROUNDS):
        scored = 0
        began = time.process_time()
        while (spent := time.process_time() - began) < seconds / ROUNDS:
            for subject in subjects:
                judge(subject)
            scored += len(subjects)
        best = max(best, scored / spent)
    return best


def tell_rates(seconds: float) -> None:
    print(f"{'scorer':<16} {'cases/s':>9} {'target':>8}")
    for contest in CONTESTS:
        rate = per_second(contest, seconds)
        wanted = "" if contest.target is None else f"{contest.target:,}"
        missed = "  missed" if contest.target is not None and rate < contest.target else ""
        print(f"{contest.name:<16} {rate:>9,.0f} {wanted:>8}{missed}", flush=True)


Compare = Callable[[str, str], Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two ways to the same numbers, of an answer and a reference."""

    package: str
    ours: Compare
    theirs: Compare


def rouge_agreement(variant: Variant, *, stemming: bool) -> Agreement:
    scorer = RougeScorer([variant], use_stemmer=stemming)

    def ours(said: str, expected: str) -> Sequence[float]:
        found = rouge(variant, words(said, stemming=stemming), words(expected, stemming=stemming))
        return [found.of("precision"), found.of("recall"), found.of("f1")]

    def theirs(said: str, expected: str) -> Sequence[float]:
        return list(scorer.score(expected, said)[variant])

    return Agreement(package="rouge-score", ours=ours, theirs=theirs)


AGREEMENTS: Mapping[str, Agreement] = {
    "rouge1": rouge_agreement("rouge1", stemming=False),
    "rouge2": rouge_agreement("rouge2", stemming=False),
    "rougeL": rouge_agreement("rougeL", stemming=False),
    "rouge1, stems": rouge_agreement("rouge1", stemming=True),
    "rouge2, stems": rouge_agreement("rouge2", stemming=True),
    "rougeL, stems": rouge_agreement("rougeL", stemming=True),
    "bleu": Agreement(
        package="sacrebleu",
        ours=lambda said, expected: [bleu(said, sentence(expected))],
        theirs=lambda said, expected: [sacrebleu.sentence_bleu(said, [expected]).score / 100],
    ),
    "levenshtein": Agreement(
        package="rapidfuzz",
        ours=lambda said, expected: [levenshtein(said, expected)],
        theirs=lambda said, expected: [Levenshtein.normalized_similarity(said, expected)],
    ),
}


def tell_agreement(count: int) -> None:
    print(f"\n{'similarity':<16} {'package':<12} {'strings':>8} {'largest difference':>18}")
    pairs = [(said, expected) for said, expected in text_pairs(seed=7, count=count) if said or expected]
    for name, both in AGREEMENTS.items():
        largest = max(
            abs(our - their)
            for said, expected in pairs
            for our, their in zip(both.ours(said, expected), both.theirs(said, expected), strict=True)
        )
        print(f"{name:<16} {both.package:<12} {2 * len(pairs):>8,} {largest:>18.1e}", flush=True)


def profile(name: str) -> None:
    contest = next(contest for contest in CONTESTS if contest.name == name)
    judge, subjects = compiled(contest.spec), subjects_of(contest)
    with cProfile.Profile() as profiler:
        for subject in subjects:
            judge(subject)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each scorer")
    parser.add_argument("--pairs", type=int, default=2_000, help="of texts that the packages compare as well")
    parser.add_argument("--profile", choices=[contest.name for contest in CONTESTS], help="where the time goes")
    chosen_options = parser.parse_args()
    if chosen_options.profile is not None:
        profile(chosen_options.profile)
        return
    tell_rates(chosen_options.seconds)
    tell_agreement(chosen_options.pairs)


if __name__ == "__main__":
    main()
