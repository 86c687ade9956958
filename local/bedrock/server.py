"""The embedded Bedrock: everything put together, on a port of its own."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from brainswap.core.cases import Case
from local.bedrock.account import Account
from local.bedrock.aws import bind
from local.bedrock.batch_run import OnJobChange, Runner
from local.bedrock.casebook import Casebook
from local.bedrock.catalogue import Catalogue, CatalogueModel
from local.bedrock.chat import Chat
from local.bedrock.control_operations import control_operations
from local.bedrock.converse import Conversations
from local.bedrock.desk import Desk
from local.bedrock.embedding import Embeddings
from local.bedrock.guarding import Guarding
from local.bedrock.listener import Listener
from local.bedrock.objects import Objects, S3Objects
from local.bedrock.pace import Pace
from local.bedrock.personas import SIMULATED_IDS, Persona
from local.bedrock.question import Question, Reply
from local.bedrock.recordings import Recordings
from local.bedrock.scenario import Scenario
from local.bedrock.service import Counted, Paid, Service, Tally
from local.bedrock.simulated import Simulated
from local.bedrock.trouble import Trouble

DEFAULT_SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Recorded answers for the models that have a recording, simulated ones for all others."""

    recordings: Recordings
    simulated: Simulated

    def answer(self, question: Question) -> Reply:
        chosen = self.recordings if self.recordings.holds(question) else self.simulated
        return chosen.answer(question)


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Which models there are, and who answers for them.

    Attributes:
        recordings: the name of the recording by model id; such a model never gets a simulated answer.
        simulated: further ids that a simulated model answers, its persona chosen by the id.
        personas: by model id, instead of the persona that the id would get.
        catalogue: what is known of models; those without a recording are simulated.
    """

    recordings: Mapping[str, str] = field(default_factory=dict)
    simulated: tuple[str, ...] = ()
    personas: Mapping[str, Persona] = field(default_factory=dict)
    catalogue: tuple[CatalogueModel, ...] = ()


def build_service(
    casebook: Casebook,
    models: Models,
    *,
    seed: int,
    pace: Pace,
    tally: Tally,
    account: Account | None = None,
    objects: Callable[[str], Objects] = S3Objects,
    on_job_change: OnJobChange | None = None,
    scenario: Scenario | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Service:
    """Wire the operations to their answers.

    Args:
        casebook: holds the cases.
        models: who answers.
        seed: of everything that is drawn.
        pace: how fast time passes.
        tally: counts the requests.
        account: its limits; the usual ones, unless given.
        objects: opens the objects of a region, which batch jobs read and write; called where it may block.
        on_job_change: told of every change of a batch job, in a thread of its own.
        scenario: what goes wrong; batch jobs are spared.
        clock: of the scenario, in seconds.
    """
    named = (*models.recordings, *models.simulated, *models.personas, *SIMULATED_IDS)
    catalogue = Catalogue(models.catalogue, named)
    by_base = {catalogue.base_id(model_id): name for model_id, name in models.recordings.items()}
    personas = {catalogue.base_id(model_id): persona for model_id, persona in models.personas.items()}
    answers = Answers(
        recordings=Recordings(casebook=casebook, names=by_base | dict(models.recordings), seed=seed),
        simulated=Simulated(casebook=casebook, seed=seed, personas=personas | dict(models.personas)),
    )
    trouble = None if scenario is None else Trouble(scenario, seed=seed, clock=clock)
    desk = Desk(answerer=answers, pace=pace, tally=tally, trouble=trouble)
    runtime = Conversations(catalogue=catalogue, desk=desk)
    offline = Conversations(catalogue=catalogue, desk=replace(desk, pace=Pace(factor=0), trouble=None))
    account = account or Account()
    runner = Runner(
        converse=offline.converse,
        pace=pace,
        account=account,
        objects=cache(objects),
        seed=seed,
        on_change=on_job_change,
    )
    guarding = Guarding(pace=pace)
    operations = [
        *bind("bedrock-runtime", {"Converse": runtime.converse, "ConverseStream": runtime.converse_stream}),
        *Chat(catalogue=catalogue, desk=desk).operations(),
        *Embeddings(catalogue=catalogue, tally=tally, pace=pace).operations(),
        *bind(
            "bedrock-runtime",
            {
                "ApplyGuardrail": guarding.apply_guardrail,
                "InvokeGuardrailChecks": guarding.invoke_guardrail_checks,
            },
        ),
        *control_operations(catalogue, account, runner),
    ]
    return Service(operations, tally, meet=None if trouble is None else trouble.greet)


async def serve(service: Service, *, port: int, listening: Callable[[str], None], stop: asyncio.Event) -> None:
    """Serve on loopback until told to stop; then break off what is still open.

    Args:
        service: answers the requests.
        port: 0 for any free one.
        listening: called with the URL once requests are accepted.
        stop: ends the serving.
    """
    listener = Listener(port, service.respond)
    try:
        listening(listener.url)
        await stop.wait()
    finally:
        await listener.close()


class EmbeddedBedrock:
    """An embedded Bedrock in a thread of its own, for as long as the ``with`` block lasts.

    Args:
        cases: kept in memory.
        case_files: JSON Lines of cases, of which only an index is kept.
        inputs: the inputs that the prompts use, where they do not use all of them.
        models: who answers.
        seed: of everything that is drawn.
        pace: seconds of waiting for each second that a model would take.
        port: 0 for any free one.
        account: its limits; the usual ones, unless given.
        on_job_change: told of every change of a batch job, in a thread of its own: the detail of EventBridge's
            "Batch Inference Job State Change".
        scenario: what goes wrong; batch jobs are spared.
        clock: of the scenario, in seconds; it starts when this is made.

    Raises:
        InvalidWorkloadError: a line of a case file is no case.
        OSError: a case file cannot be read, or, on entering, the port is taken.
    """

    def __init__(
        self,
        *,
        cases: Iterable[Case] = (),
        case_files: Sequence[Path] = (),
        inputs: frozenset[str] | None = None,
        models: Models | None = None,
        seed: int = DEFAULT_SEED,
        pace: float = 1.0,
        port: int = 0,
        account: Account | None = None,
        on_job_change: OnJobChange | None = None,
        scenario: Scenario | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tally = Tally()
        self._casebook = Casebook(cases=cases, files=case_files, inputs=inputs)
        self._service = build_service(
            self._casebook,
            models or Models(),
            seed=seed,
            pace=Pace(factor=pace),
            tally=self._tally,
            account=account,
            on_job_change=on_job_change,
            scenario=scenario,
            clock=clock,
        )
        self._port = port
        self._url: str | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._started = threading.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="embedded-bedrock", daemon=True)

    @property
    def url(self) -> str:
        if self._url is None:
            raise RuntimeError("The embedded Bedrock is not running; enter it with `with`, or call start().")
        return self._url

    def start(self) -> Self:
        """Return once requests are accepted; call it once."""
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self.stop()
            raise self._failure
        return self

    def stop(self) -> None:
        """Stop serving and let go of the files; again is no harm."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread.ident is not None:
            self._thread.join()
        self._url = None
        self._casebook.close()

    def counts(self) -> Mapping[Counted, int]:
        return self._tally.counts()

    def count(self, *, operation: str | None = None, model: str | None = None, status: int | None = None) -> int:
        """How many requests came that have all that is given; those whose connection was reset have status 0."""
        return self._tally.count(operation=operation, model=model, status=status)

    def paid(self, *, model: str | None = None) -> Paid:
        """What clients pay for one model, by the id that they wrote, or for all; broken answers up to their end."""
        return self._tally.paid(model=model)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except OSError as error:
            self._failure = error
        finally:
            self._started.set()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await serve(self._service, port=self._port, listening=self._listening, stop=self._stop)

    def _listening(self, url: str) -> None:
        self._url = url
        self._started.set()
