from brainswap.core.answers import AnswerStatus
from brainswap.core.decision.samples import Sample, with_scores
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import SetSpec
from tests.fakes.samples import sample

BOTH = SetSpec(name="both", type="set", members={"right": 1.0, "kind": 1.0})


def scored(status: AnswerStatus = AnswerStatus.ANSWERED, **scores: float | None) -> Sample:
    return sample(status=status, scores=scores, reasons={name: f"why {name}" for name in scores})


def test_a_set_is_made_anew_when_a_member_was_judged() -> None:
    judged = with_scores(
        scored(right=1.0, kind=None, both=None), {"kind": Score(value=0.5, reason="the judge says")}, [BOTH]
    )

    assert dict(judged.scores) == {"right": 1.0, "kind": 0.5, "both": 0.75}
    assert (judged.reasons["right"], judged.reasons["kind"]) == ("why right", "the judge says")


def test_an_answer_that_is_none_turns_no_inverted_set_round() -> None:
    inverted = BOTH.model_copy(update={"inverted": True})

    judged = with_scores(
        scored(AnswerStatus.FAILED, right=0.0, kind=0.0, both=0.0),
        {"kind": Score(value=0.0, reason="failed")},
        [inverted],
    )

    assert judged.scores["both"] == 0.0


def test_what_does_not_apply_is_told_apart() -> None:
    judged = with_scores(scored(right=None), {"kind": Score(value=None, reason="not here", applies=False)}, [])

    assert judged.inapplicable == ("kind",)
