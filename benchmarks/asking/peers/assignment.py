"""What a client is told to do, and what it says when it has done it; nothing beyond the standard library."""

import argparse
import json
from dataclasses import dataclass, replace

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
REGION = "us-east-1"
EXPECTED = "card_arrival"
MAX_TOKENS = 16

_LABELS = "card_arrival, card_not_working, lost_or_stolen_card, exchange_rate, top_up_failed, pending_transfer"
_COMPLAINTS = (
    "I am still waiting for my new card to come in the post",
    "the machine at the station would not read my card",
    "I left my wallet on the train this morning",
    "the rate I got abroad is not the one you showed me",
    "I tried to add money twice and nothing arrived",
    "my transfer to a friend has been pending since Monday",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One measurement of one client.

    Attributes:
        url: of the server, without a path.
        cases: how many, from the case numbered ``first`` on.
        variant: a way of using the client, of those that its module knows.
        streams: whether answers come in pieces.
        workers: that ask side by side within the process, sharing the cases and the calls in flight; 1 for a client
            whose workers are processes.
    """

    url: str
    first: int
    cases: int
    in_flight: int
    variant: str
    streams: bool
    workers: int = 1

    def prompts(self) -> list[str]:
        return [prompt(number) for number in range(self.first, self.first + self.cases)]

    def arguments(self) -> list[str]:
        """The command line that `assignment` reads back."""
        numbers = ["--first", str(self.first), "--cases", str(self.cases), "--in-flight", str(self.in_flight)]
        streams = ["--streams"] if self.streams else []
        workers = ["--workers", str(self.workers)] if self.workers > 1 else []
        return ["--url", self.url, *numbers, "--variant", self.variant, *streams, *workers]

    def shared_out(self, workers: int) -> list["Assignment"]:
        """The same work in as many assignments as there are workers."""

        def share(of: int, worker: int) -> int:
            return of * worker // workers

        return [
            replace(
                self,
                first=self.first + share(self.cases, worker),
                cases=share(self.cases, worker + 1) - share(self.cases, worker),
                in_flight=share(self.in_flight, worker + 1) - share(self.in_flight, worker),
                workers=1,
            )
            for worker in range(workers)
        ]


def assignment(arguments: list[str] | None = None) -> Assignment:
    """The assignment of this process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--cases", type=int, required=True)
    parser.add_argument("--in-flight", type=int, required=True)
    parser.add_argument("--variant", default="default")
    parser.add_argument("--streams", action="store_true")
    parser.add_argument("--workers", type=int, default=1)
    return Assignment(**vars(parser.parse_args(arguments)))


def prompt(number: int) -> str:
    """A short question of classification, another one for each number."""
    complaint = _COMPLAINTS[number % len(_COMPLAINTS)]
    return f"Answer with one of: {_LABELS}.\nCustomer {number}: {complaint}.\nLabel:"


def done(answered: int) -> None:
    """Say how many cases got the right answer: the last line that a client prints."""
    print(json.dumps({"answered": answered}), flush=True)
