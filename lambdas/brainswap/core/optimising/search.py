"""Search for a better prompt: propose on training cases, choose on validation cases, and believe it only then."""

import random
from collections.abc import Generator, Iterable, Sequence
from contextlib import suppress
from functools import reduce

from brainswap.core.judging.material import SHOWN as LONGEST_COMPONENT
from brainswap.core.optimising.components import components, in_step, with_components
from brainswap.core.optimising.confirming import confirmations
from brainswap.core.optimising.evidence import Example, Trial, price_of_growth, quality, taken
from brainswap.core.optimising.examples import MOST_EXAMPLES, chosen, with_examples
from brainswap.core.optimising.feedback import RIGHT
from brainswap.core.optimising.merging import merged
from brainswap.core.optimising.planning import FEWEST_CASES, Plan, plan
from brainswap.core.optimising.reflecting import (
    Reflection,
    Shown,
    UnreadableReplyError,
    reflection,
    rewriting_in,
)
from brainswap.core.optimising.results import Outcome, Reply, Result
from brainswap.core.optimising.steps import (
    Asked,
    Evaluate,
    Finalist,
    Found,
    Reflect,
    Refused,
    Screen,
    Screened,
    Setup,
    Step,
)
from brainswap.core.prompts.rendering import rendered
from brainswap.core.prompts.telling import told
from brainswap.core.prompts.template import PLACEHOLDER, Prompt, as_text

PROPOSALS = 4  # rewritings of one prompt that are asked for at the same time
FIRST_LOOK = 8  # cases that the parent got wrong, on which a child has to win something
_SHOWN_WRONG, _SHOWN_RIGHT = 4, 1  # cases that the reflecting model sees
_PATIENCE = 4  # rounds without a gain, after which the search ends
_FOCUS = (
    "",
    "the form of the answer: what stands beside it, what cannot be read, what is cut off",
    "what the rules leave open: where a case shows that two readings are possible, say which one holds",
    "how the prompt is set out: its order, its sections, the place of the form of the answer",
    "what can be said in fewer words",
)

Steps = Generator[Step, Result, None]


class NothingToLearnError(Exception):
    """The search cannot begin; the message says why."""


class _SpentError(Exception):
    """The budget does not allow the next step."""


class Search:
    """A search, as a generator of steps.

    Everything that it does follows from the set-up and from what it is told: told the same again, it goes the same way,
    so that a search which was interrupted is gone through again from its beginning, with the answers that are kept.

    Rounds of proposals work on the training cases. The reflecting model rewrites the best prompt several times at once,
    each time shown other cases that went wrong. A child answers some cases first that its parent got wrong, and those
    that win nothing there are dropped; the others answer the rest of these and as many that the parent got right. Both
    kinds are weighed by how many there are, which makes the estimate of the gain unbiased at a fraction of the calls.
    What several children gained is merged. The best one answers all training cases before it becomes the parent.

    Only then the best few, and every contender, answer the validation cases; see `confirmations`.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._random = random.Random(f"{setup.seed}/search")  # noqa: S311 - draws of a search, seeded
        self._weights = {name: case.weight for name, case in setup.cases.items()}
        self._trials: dict[str, Trial] = {}
        self._refused: list[Refused] = []
        self._made = self._calls = self._reflections = 0
        self._usd: float | None = 0.0
        self._kept = 0
        self._because = "the budget is used up"
        self._train: tuple[str, ...] = ()

    def run(self) -> Generator[Step, Result, Found]:
        """Go through the search.

        Raises:
            NothingToLearnError: there are too few cases or calls.
        """
        setup = self._setup
        planned = plan(
            budget=self._budget(),
            train=len(setup.train),
            validation=len(setup.validation),
            contenders=len(setup.contenders),
            seeds=len(setup.seeds),
        )
        if planned is None:
            raise NothingToLearnError(
                f"{len(setup.train):,} training and {len(setup.validation):,} validation cases and {self._budget():,} "
                "calls are too few to learn anything; give more to `splits` or to `improve`"
            )
        self._kept, self._train = planned.kept, setup.train[: planned.train]
        try:
            yield from self._begin()
            yield from self._improve()
        except _SpentError:
            yield from self._with_what_was_kept()
        return (yield from self._confirm(planned))

    # Proposing

    def _begin(self) -> Steps:
        for name, prompt in self._setup.contenders.items():
            self._trials[name] = Trial(name=name, by="contender", prompt=prompt, bare=prompt)
        seeds = [
            Trial(name=name, by="rewriting", prompt=prompt, bare=prompt) for name, prompt in self._setup.seeds.items()
        ]
        yield from self._ask([(trial, self._train) for trial in (*self._trials.values(), *seeds)])
        yield from self._show_examples(self._best(self._trials.values()))

    def _improve(self) -> Steps:
        """Rounds, each from the best prompt that answered all training cases."""
        rounds_without = 0
        while rounds_without < _PATIENCE:
            best = self._best(trial for trial in self._trials.values() if self._is_whole(trial))
            wrong = self._wrong(best)
            if not wrong:
                self._because = "every training case is right"
                return
            child = yield from self._round(best, wrong)
            rounds_without = rounds_without + 1 if child is None else 0
            if child is not None and not child.examples:
                yield from self._show_examples(child)
        self._because = f"{_PATIENCE} rounds of rewriting gained nothing"

    def _with_what_was_kept(self) -> Steps:
        """Where nothing is there for the validation, half of what was kept for it goes into looking on."""
        base = self._best(self._trials[name] for name in self._setup.contenders)
        if not self._ranked(base) and self._is_whole(base):
            self._kept //= 2
            with suppress(_SpentError):
                yield from self._improve()

    def _round(self, parent: Trial, wrong: Sequence[str]) -> Generator[Step, Result, Trial | None]:
        """Rewrite, race, merge; the new best, or None where nothing was gained."""
        wrong = self._drawn(wrong, len(wrong))  # not the same ones first in every round
        children = yield from self._rewrite(parent, wrong)
        racing = yield from self._race(parent, children, wrong)
        if len(racing) > 1:
            together = yield from self._merge(parent, racing)
            racing += yield from self._race(parent, together, wrong)
        for child in sorted(racing, key=lambda one: -self._gain(one, parent))[:2]:
            yield from self._ask([(child, self._train)])
            if self._gain(child, parent) > 0:
                return child
        return None

    def _rewrite(self, parent: Trial, wrong: Sequence[str]) -> Generator[Step, Result, list[Trial]]:
        every = {
            name: text
            for name, text in components(parent.bare, self._setup.allowed).items()
            if len(text) <= LONGEST_COMPONENT
        }
        steps = list(dict.fromkeys(map(in_step, every)))  # of a chain, each rewriting changes one
        right = [name for name in self._train if name in parent.known and name not in {*wrong, *parent.shown}]
        asked = []
        for number in range(self._proposals()):
            shown = self._drawn(wrong, _SHOWN_WRONG) + self._drawn(right, _SHOWN_RIGHT)
            turn = self._reflections + number
            focus, step = _FOCUS[turn % len(_FOCUS)], steps[turn % len(steps)] if steps else ""
            texts = {name: text for name, text in every.items() if in_step(name) == step}
            cases = [self._shown(parent.known[name]) for name in shown]
            asked.append(reflection(texts, cases, salt=self._setup.salt, advice=self._setup.advice, focus=focus))
        replies = yield from self._reflect(asked)
        proposed = []
        for question, reply in zip(asked, replies, strict=True):
            made = self._read(parent, question, reply)
            if made is not None:
                proposed.append(made)
        return (yield from self._screened(proposed))

    def _proposals(self) -> int:
        """As many as leave enough to see one of them through; one at least, which may then be too much."""
        return max(1, min(PROPOSALS, (self._left() - len(self._train)) // (1 + FIRST_LOOK)))

    def _read(self, parent: Trial, question: Reflection, reply: Reply) -> Trial | None:
        name = self._named("reflection")
        if reply.text is None:
            self._refused.append(_refused(name, None, "the reflecting model did not answer"))
            return None
        try:
            read = rewriting_in(reply.text, question)
        except UnreadableReplyError as error:
            self._refused.append(_refused(name, None, f"the reply cannot be read: {error}"))
            return None
        return self._child(name, "reflection", with_components(parent.bare, read.texts), [parent], read.what)

    def _race(
        self, parent: Trial, children: Sequence[Trial], wrong: Sequence[str]
    ) -> Generator[Step, Result, list[Trial]]:
        """The children that promise a gain; the others have cost little."""
        first, rest = wrong[:FIRST_LOOK], wrong[FIRST_LOOK : 3 * FIRST_LOOK]
        yield from self._ask([(child, first) for child in children])
        promising = [child for child in children if self._won(child, parent, first) > 0]
        right = [name for name in self._train if name in parent.known and name not in set(wrong)]
        held = self._drawn(right, len(first) + len(rest))
        promising.sort(key=lambda child: -self._won(child, parent, first))
        affordable = self._left() // max(1, len(rest) + len(held))
        yield from self._ask([(child, [*rest, *held]) for child in promising[:affordable]])
        return [child for child in promising[:affordable] if self._gain(child, parent) > 0]

    def _merge(self, parent: Trial, children: Sequence[Trial]) -> Generator[Step, Result, list[Trial]]:
        """One prompt with the changes of all children, the best one's first."""
        ranked = sorted(children, key=lambda one: -self._gain(one, parent))
        texts = merged(components(parent.bare), [components(child.bare) for child in ranked])
        made = self._child(
            self._named("merge"),
            "merging",
            with_components(parent.bare, texts),
            [parent, *ranked],
            "; ".join(child.what for child in ranked if child.what),
        )
        return (yield from self._screened([made] if made is not None else []))

    def _show_examples(self, base: Trial) -> Generator[Step, Result, Trial]:
        """The same prompt with worked examples where that is better; what it got right shows the form of an answer."""
        form = self._setup.form
        if form is None or base.examples:
            return base
        right = [name for name in self._train if (base.known[name].quality or 0.0) >= RIGHT]
        examples = chosen(map(self._example, [base] * len(right), right), form, MOST_EXAMPLES)
        if len(right) - len(examples) < FEWEST_CASES or not examples:
            return base
        made = Trial(
            name=self._named("examples"),
            by="examples",
            prompt=with_examples(base.bare, examples, form),
            bare=base.bare,
            examples=examples,
            parents=(base.name,),
            what=f"It shows {len(examples)} training cases with right answers.",
        )
        wrong = self._wrong(base)
        for child in (yield from self._race(base, (yield from self._screened([made])), wrong)):
            yield from self._ask([(child, self._train)])
            if self._gain(child, base) > 0:
                return child
        return base

    def _example(self, trial: Trial, name: str) -> Example:
        case = self._setup.cases[name]
        turns = rendered(trial.bare, case).messages
        names = dict.fromkeys(PLACEHOLDER.findall(trial.bare.messages[-1].content))
        given = "\n".join(f"{each}: {as_text(case.input[each])}" for each in names if each in case.input)
        return Example(case_id=name, turn=turns[-1].content, given=given, answer=trial.known[name].answer)

    def _child(self, name: str, by: str, bare: Prompt, parents: Sequence[Trial], what: str) -> Trial | None:
        """A trial of a new prompt; None for one that was tried before."""
        examples = parents[0].examples
        form = self._setup.form
        prompt = with_examples(bare, examples, form) if form is not None else bare
        if any(prompt == known.prompt for known in self._trials.values()):
            return None
        return Trial(
            name=name,
            by=by,
            prompt=prompt,
            bare=bare,
            examples=examples,
            parents=tuple(parent.name for parent in parents),
            what=what,
        )

    # Choosing

    def _confirm(self, planned: Plan) -> Generator[Step, Result, Found]:
        setup = self._setup
        contenders = [self._trials[name] for name in setup.contenders]
        self._kept = 0
        base = self._best([one for one in contenders if one.known] or contenders)
        ranked = self._ranked(base)
        finalists = yield from self._screened(ranked[: planned.finalists], every=True)
        if not finalists:
            return self._found(None, base.name, ())
        many = len(contenders) + len(finalists)
        room = max(planned.validation, self._left() // many)
        cases = setup.validation[: min(room, self._left() // many, len(setup.validation))]
        try:
            yield from self._ask([(trial, cases) for trial in (*contenders, *finalists)])
        except _SpentError:
            return self._found(None, base.name, ())
        tried = self._tried(contenders, finalists, cases)
        confirmed = [one for one in tried if one.p <= 1 - setup.confidence and one.quality > one.before]
        return self._found(confirmed[0] if confirmed else None, self._best(contenders, cases).name, tried)

    def _ranked(self, base: Trial) -> list[Trial]:
        """The trials that promise more than a contender, the best first."""
        promising = [
            trial
            for trial in self._trials.values()
            if trial.name not in self._setup.contenders and self._is_known(trial, base) and self._gain(trial, base) > 0
        ]
        return sorted(promising, key=lambda one: -self._gain(one, base))

    def _is_whole(self, trial: Trial) -> bool:
        """Whether it answered all training cases that it does not show."""
        return all(name in trial.known or name in trial.shown for name in self._train)

    def _is_known(self, trial: Trial, base: Trial) -> bool:
        """Whether it answered all training cases, or enough of those that the base got right and wrong."""
        return self._is_whole(trial) or (trial.parents[:1] == (base.name,) and len(trial.known) > FIRST_LOOK)

    def _tried(
        self, contenders: Sequence[Trial], finalists: Sequence[Trial], cases: Sequence[str]
    ) -> tuple[Finalist, ...]:
        """How the finalists did against the best contender, on the cases that all of them have a score for."""
        common = [
            name
            for name in cases
            if all(name in one.known and one.known[name].quality is not None for one in (*contenders, *finalists))
        ]
        best = self._best(contenders, common)
        before = best.on(common)
        owes = {one.name: price_of_growth(taken(one.on(common)), taken(before)) for one in finalists}
        differences = {
            one.name: [
                (now.quality or 0.0) - (then.quality or 0.0) - owes[one.name]
                for now, then in zip(one.on(common), before, strict=True)
            ]
            for one in finalists
        }
        found = confirmations(
            differences,
            units=[self._setup.cases[name].cluster or f"\x00{name}" for name in common],
            weights=[self._weights[name] for name in common],
            seed=self._setup.seed,
        )
        tried = [
            Finalist(
                trial=one,
                quality=quality(one.on(common), self._weights),
                before=quality(before, self._weights),
                owes=owes[one.name],
                p=found[one.name].p,
                cases=len(common),
            )
            for one in finalists
        ]
        return tuple(sorted(tried, key=lambda one: (one.owes - one.quality, one.p)))

    def _found(self, better: Finalist | None, against: str, finalists: tuple[Finalist, ...]) -> Found:
        return Found(
            better=better,
            against=against,
            finalists=finalists,
            trials=self._trials,
            refused=tuple(self._refused),
            calls=self._calls,
            reflections=self._reflections,
            usd=self._usd,
            because=self._because,
        )

    # Comparing

    def _best(self, trials: Iterable[Trial], cases: Sequence[str] | None = None) -> Trial:
        """The first of the best; there is always one, because a workload has an original."""
        return reduce(lambda best, trial: trial if self._gain(trial, best, cases) > 0 else best, trials)

    def _gain(self, child: Trial, parent: Trial, cases: Sequence[str] | None = None) -> float:
        """How much better a child is on the parent's cases, by those that it has answered, less what it owes.

        Cases that the parent got right and wrong are weighed by how many there are of each, not by how many of them the
        child answered.
        """
        known = [name for name in (cases or self._train) if name in parent.known and name not in child.shown]
        common = [name for name in known if name in child.known]
        gain = 0.0
        total = sum(self._weights[name] for name in known)
        for stratum in (self._wrong(parent, known), self._right(parent, known)):
            both = [name for name in stratum if name in child.known]
            share = sum(self._weights[name] for name in stratum) / total if total else 0.0
            gain += share * self._won(child, parent, both)
        now, before = (taken(one.on(common)) for one in (child, parent))
        return gain - price_of_growth(now, before) + price_of_growth(before, now)

    def _won(self, child: Trial, parent: Trial, cases: Sequence[str]) -> float:
        both = [
            name
            for name in cases
            if name in child.known
            and child.known[name].quality is not None
            and name in parent.known
            and parent.known[name].quality is not None
        ]
        return quality(child.on(both), self._weights) - quality(parent.on(both), self._weights)

    def _wrong(self, trial: Trial, cases: Sequence[str] | None = None) -> list[str]:
        return [
            name
            for name in (self._train if cases is None else cases)
            if name in trial.known
            and (value := trial.known[name].quality) is not None
            and value < RIGHT
            and name not in trial.shown
        ]

    def _right(self, trial: Trial, cases: Sequence[str]) -> list[str]:
        return [
            name
            for name in cases
            if name in trial.known and (value := trial.known[name].quality) is not None and value >= RIGHT
        ]

    # Asking

    def _ask(self, wanted: Sequence[tuple[Trial, Sequence[str]]]) -> Steps:
        """Have trials answer cases that they have not answered; nothing is asked that the budget does not allow."""
        asked = [
            (trial, tuple(name for name in cases if name not in trial.known and name not in trial.shown))
            for trial, cases in wanted
        ]
        asked = [(trial, cases) for trial, cases in asked if cases]
        calls = sum(len(cases) for _, cases in asked)
        if not calls:
            return
        if calls > self._left():
            raise _SpentError
        result = yield Evaluate(asked=tuple(Asked(prompt=trial.prompt, cases=cases) for trial, cases in asked))
        self._calls += calls
        for (trial, _), outcomes in zip(asked, result.outcomes, strict=True):
            self._trials.setdefault(trial.name, trial)
            for outcome in outcomes:
                trial.known[outcome.case_id] = outcome
                self._pay(outcome.usd)

    def _reflect(self, asked: Sequence[Reflection]) -> Generator[Step, Result, tuple[Reply, ...]]:
        if len(asked) + FIRST_LOOK > self._left():
            raise _SpentError
        result = yield Reflect(questions=tuple(one.prompt for one in asked))
        self._reflections += len(asked)
        for reply in result.replies:
            self._pay(reply.usd)
        return result.replies

    def _screened(self, trials: Sequence[Trial], *, every: bool = False) -> Generator[Step, Result, list[Trial]]:
        """The trials that no guard refuses."""
        if not trials:
            return []
        looked = [Screened(prompt=one.prompt, bare=one.bare, shown=one.shown) for one in trials]
        result = yield Screen(candidates=tuple(looked), every=every)
        passed = []
        for trial, reasons in zip(trials, result.refused, strict=True):
            if reasons:
                self._refused.append(Refused(name=trial.name, by=trial.by, prompt=trial.prompt, because=reasons))
            else:
                passed.append(trial)
        return passed

    def _pay(self, usd: float | None) -> None:
        self._usd = None if usd is None or self._usd is None else self._usd + usd

    def _budget(self) -> int:
        """All calls that the search may make, by what calls cost so far."""
        setup = self._setup
        if setup.budget_usd is None:
            return setup.budget_calls
        made = self._calls + self._reflections
        each = self._usd / made if made and self._usd else setup.call_usd
        if not each:
            return setup.budget_calls
        spent = self._usd or 0.0
        return min(setup.budget_calls, made + int(max(0.0, setup.budget_usd - spent) / each))

    def _left(self) -> int:
        """Calls that may be made now; those of the validation are kept."""
        return max(0, self._budget() - self._calls - self._reflections - self._kept)

    def _shown(self, outcome: Outcome) -> Shown:
        case = self._setup.cases[outcome.case_id]
        parts = {**{name: as_text(value) for name, value in case.input.items()}, **told(case)}
        given = "\n".join(f"{name}: {text}" for name, text in parts.items())
        return Shown(input=given, answer=outcome.answer, feedback=outcome.feedback or "It is right.")

    def _drawn(self, names: Sequence[str], most: int) -> list[str]:
        return self._random.sample(list(names), min(most, len(names)))

    def _named(self, kind: str) -> str:
        self._made += 1
        return f"{kind}-{self._made}"


def _refused(name: str, prompt: Prompt | None, because: str) -> Refused:
    return Refused(name=name, by="reflection", prompt=prompt, because=(because,))
