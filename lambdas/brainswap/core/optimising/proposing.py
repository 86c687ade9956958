"""Ideas for a better prompt: rewritings by a model, taken apart, and worked examples."""

import random
from collections.abc import Generator, Sequence

from brainswap.core.judging.material import SHOWN as LONGEST_COMPONENT
from brainswap.core.optimising.asking import Asking
from brainswap.core.optimising.comparing import Comparing, drawn
from brainswap.core.optimising.components import components, in_step, with_components
from brainswap.core.optimising.evidence import Example, Trial
from brainswap.core.optimising.examples import MOST_EXAMPLES, chosen, with_examples
from brainswap.core.optimising.feedback import RIGHT
from brainswap.core.optimising.ideas import Idea, taken_apart, together
from brainswap.core.optimising.planning import FEWEST_CASES
from brainswap.core.optimising.reflecting import Reflection, Shown, UnreadableReplyError, reflection, rewriting_in
from brainswap.core.optimising.results import Outcome, Reply, Result
from brainswap.core.optimising.steps import Refused, Setup, Step
from brainswap.core.prompts.rendering import rendered
from brainswap.core.prompts.telling import told
from brainswap.core.prompts.template import PLACEHOLDER, as_text

_SHOWN_WRONG, _SHOWN_RIGHT = 4, 1  # cases that the reflecting model sees
_MANY = 4  # ideas that are tried in two groups, so that what does harm is not in every one
_FOCUS = (
    "",
    "the form of the answer: what stands beside it, what cannot be read, what is cut off",
    "what the rules leave open: where a case shows that two readings are possible, say which one holds",
    "how the prompt is set out: its order, its sections, the place of the form of the answer",
    "what can be said in fewer words",
)


class Proposing:
    """Makes ideas, and trials of them.

    Attributes:
        ideas: all that there were, by key.
    """

    def __init__(self, setup: Setup, asking: Asking, comparing: Comparing, draws: random.Random) -> None:
        self._setup, self._asking, self._comparing, self._random = setup, asking, comparing, draws
        self._made = 0
        self.ideas: dict[object, Idea] = {}

    def rewritings(self, parent: Trial, many: int, *, spare: int) -> Generator[Step, Result, list[Idea]]:
        """What so many rewritings of a prompt change that was not proposed before.

        Raises:
            SpentError: the budget does not allow it.
        """
        every = {
            name: text
            for name, text in components(parent.bare, self._setup.allowed).items()
            if len(text) <= LONGEST_COMPONENT
        }
        steps = list(dict.fromkeys(map(in_step, every)))  # of a chain, each rewriting changes one
        wrong = self._comparing.wrong(parent)
        right = [name for name in self._comparing.right(parent) if name not in parent.shown]
        asked = []
        for number in range(many):
            cases = [*drawn(self._random, wrong, _SHOWN_WRONG), *drawn(self._random, right, _SHOWN_RIGHT)]
            turn = self._asking.reflections + number
            focus, step = _FOCUS[turn % len(_FOCUS)], steps[turn % len(steps)] if steps else ""
            texts = {name: text for name, text in every.items() if in_step(name) == step}
            shown = [self._shown(parent.known[name]) for name in cases]
            asked.append(reflection(texts, shown, salt=self._setup.salt, advice=self._setup.advice, focus=focus))
        replies = yield from self._asking.replies(asked, spare=spare)
        return [
            idea
            for question, reply in zip(asked, replies, strict=True)
            for idea in self._read(parent, question, reply)
            if self._is_new(idea)
        ]

    def of_contenders(self, parent: Trial) -> list[Idea]:
        """What other contenders have that a prompt has not, such as the rules of the target's dialect."""
        before = components(self._asking.trials[next(iter(self._setup.contenders))].bare)
        ideas = [
            Idea(name=name, by="contender", what=f"It takes over what `{name}` has.", before=before, after=texts)
            for name in self._setup.contenders
            if (texts := components(self._asking.trials[name].bare)).keys() == before.keys()
            and with_components(parent.bare, texts) == self._asking.trials[name].bare
        ]
        return [idea for idea in ideas if self._is_new(idea)]

    def examples(self, base: Trial) -> list[Idea]:
        """Showing what a prompt got right, which also shows the form of an answer."""
        form = self._setup.form
        if form is None or base.examples:
            return []
        right = [name for name in self._comparing.right(base) if (base.known[name].quality or 0.0) >= RIGHT]
        examples = chosen((self._example(base, name) for name in right), form, MOST_EXAMPLES)
        if len(right) - len(examples) < FEWEST_CASES or not examples:
            return []
        texts = components(base.bare)
        idea = Idea(
            name=self._named("examples"),
            by="examples",
            what=f"It shows {len(examples)} training cases with right answers.",
            before=texts,
            after=texts,
            examples=examples,
        )
        return [idea] if self._is_new(idea) else []

    def waiting(self, parent: Trial, wrong: Sequence[str]) -> list[Idea]:
        """Ideas that have yet to be tried on some cases that a prompt got wrong, the least tried first."""
        left = [idea for idea in self._absent(parent) if not idea.looked.issuperset(wrong)]
        return sorted(left, key=lambda idea: len(idea.looked))

    def neutral(self, parent: Trial) -> list[list[Idea]]:
        """Ideas that have lost nothing, in groups: what is too small to be seen alone may be seen together."""
        ideas = [idea for idea in self._absent(parent) if idea.looked and idea.won >= 0]
        self._random.shuffle(ideas)
        half = (len(ideas) + 1) // 2 if len(ideas) >= _MANY else len(ideas)
        return [group for group in (ideas[:half], ideas[half:]) if len(group) > 1]

    def _absent(self, parent: Trial) -> list[Idea]:
        """What a prompt does not hold."""
        texts = components(parent.bare)
        return [
            idea
            for idea in self.ideas.values()
            if not idea.refused and ((idea.examples and not parent.examples) or together(texts, [idea]) != texts)
        ]

    def trial(self, parent: Trial, ideas: Sequence[Idea]) -> Trial | None:
        """The prompt with ideas, the most trusted first; None where it holds them already."""
        examples = next((idea.examples for idea in ideas if idea.examples), parent.examples)
        bare = with_components(parent.bare, together(components(parent.bare), ideas))
        form = self._setup.form
        prompt = with_examples(bare, examples, form) if form is not None else bare
        if prompt == parent.prompt:
            return None
        known = next((trial for trial in self._asking.trials.values() if trial.prompt == prompt), None)
        if known is not None:
            return known
        one = len(ideas) == 1
        return Trial(
            name=ideas[0].name if one else self._named("merge"),
            by=ideas[0].by if one else "merging",
            prompt=prompt,
            bare=bare,
            examples=examples,
            parents=(parent.name,),
            what="; ".join(idea.what for idea in ideas if idea.what),
        )

    def _read(self, parent: Trial, question: Reflection, reply: Reply) -> list[Idea]:
        name = self._named("reflection")
        if reply.text is None:
            self._asking.refused.append(_refused(name, "the reflecting model did not answer"))
            return []
        try:
            read = rewriting_in(reply.text, question)
        except UnreadableReplyError as error:
            self._asking.refused.append(_refused(name, f"the reply cannot be read: {error}"))
            return []
        before = components(parent.bare)
        parts = taken_apart(before, read.texts)
        return [
            Idea(
                name=name if len(parts) == 1 else f"{name}-{number}",
                by="reflection",
                what=read.what,
                before=before,
                after=after,
            )
            for number, after in enumerate(parts, start=1)
        ]

    def _is_new(self, idea: Idea) -> bool:
        if not idea.key or idea.key in self.ideas:
            return False
        self.ideas[idea.key] = idea
        return True

    def _example(self, trial: Trial, name: str) -> Example:
        case = self._setup.cases[name]
        turns = rendered(trial.bare, case).messages
        names = dict.fromkeys(PLACEHOLDER.findall(trial.bare.messages[-1].content))
        given = "\n".join(f"{each}: {as_text(case.input[each])}" for each in names if each in case.input)
        return Example(case_id=name, turn=turns[-1].content, given=given, answer=trial.known[name].answer)

    def _shown(self, outcome: Outcome) -> Shown:
        case = self._setup.cases[outcome.case_id]
        parts = {**{name: as_text(value) for name, value in case.input.items()}, **told(case)}
        given = "\n".join(f"{name}: {text}" for name, text in parts.items())
        return Shown(input=given, answer=outcome.answer, feedback=outcome.feedback or "It is right.")

    def _named(self, kind: str) -> str:
        self._made += 1
        return f"{kind}-{self._made}"


def _refused(name: str, because: str) -> Refused:
    return Refused(name=name, by="reflection", prompt=None, because=(because,))
