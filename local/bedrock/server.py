"""The embedded Bedrock: everything put together, on a port of its own."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from brainswap.core.cases import Case
from local.bedrock.aws import bind
from local.bedrock.casebook import Casebook
from local.bedrock.catalogue import Catalogue, CatalogueModel
from local.bedrock.chat import Chat
from local.bedrock.control import ControlPlane
from local.bedrock.converse import Conversations
from local.bedrock.listener import Listener
from local.bedrock.pace import Pace
from local.bedrock.personas import SIMULATED_IDS, Persona
from local.bedrock.question import Question, Reply
from local.bedrock.recordings import Recordings
from local.bedrock.service import Counted, Service, Tally
from local.bedrock.simulated import Simulated

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


def build_service(casebook: Casebook, models: Models, *, seed: int, pace: Pace, tally: Tally) -> Service:
    """Wire the operations to their answers."""
    named = (*models.recordings, *models.simulated, *models.personas, *SIMULATED_IDS)
    catalogue = Catalogue(models.catalogue, named)
    by_base = {catalogue.base_id(model_id): name for model_id, name in models.recordings.items()}
    personas = {catalogue.base_id(model_id): persona for model_id, persona in models.personas.items()}
    answers = Answers(
        recordings=Recordings(casebook=casebook, names=by_base | dict(models.recordings), seed=seed),
        simulated=Simulated(casebook=casebook, seed=seed, personas=personas | dict(models.personas)),
    )
    runtime = Conversations(catalogue=catalogue, answerer=answers, pace=pace)
    control = ControlPlane(catalogue=catalogue)
    operations = [
        *bind("bedrock-runtime", {"Converse": runtime.converse, "ConverseStream": runtime.converse_stream}),
        *Chat(catalogue=catalogue, answerer=answers, pace=pace).operations(),
        *bind(
            "bedrock",
            {
                "ListFoundationModels": control.list_foundation_models,
                "GetFoundationModel": control.get_foundation_model,
                "GetFoundationModelAvailability": control.get_foundation_model_availability,
                "ListInferenceProfiles": control.list_inference_profiles,
                "GetInferenceProfile": control.get_inference_profile,
            },
        ),
    ]
    return Service(operations, tally)


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
    ) -> None:
        self._tally = Tally()
        self._casebook = Casebook(cases=cases, files=case_files, inputs=inputs)
        self._service = build_service(
            self._casebook, models or Models(), seed=seed, pace=Pace(factor=pace), tally=self._tally
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
        """How many requests came that have all that is given, such as paid calls: ``operation="Converse"``."""
        return self._tally.count(operation=operation, model=model, status=status)

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
