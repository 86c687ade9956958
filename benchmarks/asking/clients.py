"""The clients that are measured, and how each is started."""

import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.asking.peers.assignment import Assignment

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".peers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A module that is run as a process.

    Attributes:
        threads: its workers are threads of one process that share a pace, where those of the others are processes.
        peer: the environment under ``.peers`` that it needs; None for what our own environment has.
    """

    name: str
    module: str
    variant: str = "default"
    streams: bool = False
    threads: bool = False
    peer: str | None = None

    @property
    def installed(self) -> bool:
        return self.peer is None or (PEERS / self.peer / ".installed").exists()

    def command(self, assignment: Assignment) -> list[str]:
        python = PEERS / (self.peer or "") / "bin" / "python"
        own = self.peer is None or not python.exists()  # promptfoo is no Python, and is started from ours
        return [
            sys.executable if own else str(python),
            "-m",
            f"benchmarks.asking.{self.module}",
            *assignment.arguments(),
        ]


CLIENTS = (
    Client(name="brainswap", module="ours", threads=True),
    Client(name="brainswap-stream", module="ours", threads=True, streams=True),
    Client(name="brainswap-openai", module="ours", threads=True, variant="openai", streams=True),
    Client(name="boto3", module="peers.boto3_threads"),
    Client(name="boto3-stream", module="peers.boto3_threads", streams=True),
    Client(name="aiobotocore", module="peers.aiobotocore_tasks", peer="aiobotocore"),
    Client(name="aiobotocore-stream", module="peers.aiobotocore_tasks", streams=True, peer="aiobotocore"),
    Client(name="litellm-openai", module="peers.litellm_tasks", variant="openai", peer="litellm"),
    Client(name="litellm-bedrock", module="peers.litellm_tasks", variant="bedrock", peer="litellm"),
    Client(name="inspect-openai", module="peers.inspect_eval", peer="inspect"),
    Client(name="promptfoo-openai", module="peers.promptfoo_eval", variant="openai", peer="promptfoo"),
    Client(name="promptfoo-bedrock", module="peers.promptfoo_eval", variant="bedrock", peer="promptfoo"),
)

# Where the server throttles, how a client tries again is what differs.
THROTTLED = (
    *CLIENTS,
    Client(name="boto3-retry30", module="peers.boto3_threads", variant="retry30"),
    Client(name="boto3-adaptive", module="peers.boto3_threads", variant="adaptive"),
    Client(name="aiobotocore-retry30", module="peers.aiobotocore_tasks", variant="retry30", peer="aiobotocore"),
    Client(name="litellm-retries10", module="peers.litellm_tasks", variant="openai-retries10", peer="litellm"),
)
