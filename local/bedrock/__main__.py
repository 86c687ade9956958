"""``python -m local.bedrock``: the embedded Bedrock as a program of its own."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from brainswap.core.errors import InvalidWorkloadError
from local.bedrock.account import Account
from local.bedrock.casebook import Casebook
from local.bedrock.pace import Pace
from local.bedrock.scenario_file import read_scenario
from local.bedrock.server import DEFAULT_SEED, Models, build_service, serve
from local.bedrock.service import Service, Tally

_ABOUT = """\
Speak Amazon Bedrock's wire on loopback: Converse, ConverseStream, the model catalogue, and OpenAI-compatible chat
completions for ids that begin with "openai:". Models with a recording replay what the cases hold; all others are
simulated, and say so in the header x-brainswap-origin. When requests are accepted, one line of JSON is printed:
{"url": "http://127.0.0.1:PORT"}. What was asked and what it cost is told under URL/brainswap/counts. SIGTERM and SIGINT
end the program.
"""
_EXAMPLE = """\
example:
  python -m local.bedrock --cases cases.jsonl --recording us.anthropic.claude-3-5-haiku-20241022-v1:0=haiku \\
      --simulate us.meta.llama3-3-70b-instruct-v1:0 --pace 0
  export AWS_ENDPOINT_URL_BEDROCK_RUNTIME=http://127.0.0.1:PORT AWS_ENDPOINT_URL_BEDROCK=http://127.0.0.1:PORT

Always there: brainswap.sim-strong-v1:0, brainswap.sim-even-v1:0, brainswap.sim-weak-v1:0, brainswap.sim-sloppy-v1:0.
For trying prompts, whose wording they heed: brainswap.sim-FAMILY-v1:0 with claude, nova, llama, mistral, deepseek, qwen
or gpt.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal comes; 0 then, 2 for cases or a scenario that cannot be read."""
    chosen = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        scenario = None if chosen.scenario is None else read_scenario(chosen.scenario)
        casebook = Casebook(files=chosen.cases, inputs=frozenset(chosen.inputs) if chosen.inputs else None)
    except (InvalidWorkloadError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    try:
        models = Models(recordings=dict(chosen.recording), simulated=tuple(chosen.simulate))
        service = build_service(
            casebook,
            models,
            seed=chosen.seed,
            pace=Pace(factor=chosen.pace),
            tally=Tally(),
            account=Account(least_batch_records=chosen.least_batch_records),
            on_job_change=_tell if chosen.events else None,
            scenario=scenario,
        )
        asyncio.run(_serve(service, chosen.port, until_input_ends=chosen.until_input_ends))
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        casebook.close()
    return 0


async def _serve(service: Service, port: int, *, until_input_ends: bool) -> None:
    stop = asyncio.Event()
    if until_input_ends:

        def read_on() -> None:
            if not os.read(sys.stdin.fileno(), 4096):
                asyncio.get_running_loop().remove_reader(sys.stdin)
                stop.set()

        asyncio.get_running_loop().add_reader(sys.stdin, read_on)
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    await serve(service, port=port, listening=_announce, stop=stop)


def _announce(url: str) -> None:
    print(json.dumps({"url": url}), flush=True)


def _tell(change: Mapping[str, str]) -> None:
    # One write, because jobs end in threads of their own, and `print` would write the end of the line by itself.
    sys.stdout.write(f"{json.dumps({'event': dict(change)})}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.bedrock",
        description=_ABOUT,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--cases", nargs="+", type=Path, default=[], metavar="FILE", help="JSON Lines of cases, with their recordings"
    )
    parser.add_argument(
        "--recording",
        action="append",
        type=_recording,
        default=[],
        metavar="MODEL=NAME",
        help="MODEL answers what the cases hold under NAME, and nothing else; may be given again",
    )
    parser.add_argument(
        "--simulate",
        nargs="+",
        action="extend",
        default=[],
        metavar="MODEL",
        help="further model ids that a simulated model answers",
    )
    parser.add_argument(
        "--inputs",
        nargs="+",
        default=[],
        metavar="NAME",
        help="the inputs of a case that the prompts use; all, unless given",
    )
    parser.add_argument(
        "--until-input-ends", action="store_true", help="end when standard input does: nobody is left who would stop it"
    )
    parser.add_argument(
        "--events",
        action="store_true",
        help='print a line of JSON, {"event": ...}, for each change of a batch inference job',
    )
    parser.add_argument(
        "--least-batch-records",
        type=int,
        default=Account().least_batch_records,
        metavar="N",
        help="a batch inference job with fewer fails (default: %(default)s, as at AWS)",
    )
    parser.add_argument(
        "--scenario",
        type=Path,
        metavar="FILE",
        help="YAML of what goes wrong: throttling, faults, slowness and refusals, by model and operation",
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0, the default, takes a free one")
    parser.add_argument(
        "--pace",
        type=_pace,
        default=1.0,
        help="seconds of waiting for each second that a model would take: 1 is real time, 0 answers at once",
    )
    parser.add_argument(
        "--seed", type=int, default=DEFAULT_SEED, help="of everything that is drawn (default: %(default)s)"
    )
    return parser


def _recording(written: str) -> tuple[str, str]:
    model, separator, name = written.partition("=")
    if not (model and separator and name):
        raise argparse.ArgumentTypeError(f"{written!r} is not MODEL=NAME")
    return model, name


def _pace(written: str) -> float:
    try:
        pace = float(written)
    except ValueError:
        pace = -1.0
    if not 0 <= pace < float("inf"):
        raise argparse.ArgumentTypeError(f"{written!r} is not a number of 0 or more")
    return pace


if __name__ == "__main__":
    sys.exit(main())
