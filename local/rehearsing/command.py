"""The command ``rehearse``: how the whole way of a workload goes, before there is an account that it could go in."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

from brainswap.core.wording import printable
from brainswap.report.wording import headline
from local.rehearsing.story import Moment, Rehearsed, rehearse, released_model
from local.workloads import check_workload

SUPPOSED: Final = ("nothing", "errors", "silence", "rejection", "nobody")
_ENDS: Final = {
    "completed": "All traffic is at the target; brainswap rollback would send it back at once.",
    "rolled_back": "The traffic is back at the source.",
}


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    command = commands.add_parser(
        "rehearse",
        help="play a workload's whole way in an account on this machine, from a released model to moved traffic",
        description="Play what happens in an account on this machine: the workload is pushed, a model is released, a "
        "migration starts, people decide, and traffic moves step by step. The state machines, functions and rules are "
        "those of the stack; models and users are simulated, and nothing is waited for as long as it would take.",
    )
    command.add_argument("directory", metavar="DIR", type=Path, help="the folder of the workload")
    command.add_argument(
        "--suppose",
        choices=SUPPOSED,
        default="nothing",
        help="what goes wrong: from the second step on the target fails (errors), or nothing is heard of it (silence); "
        "people say no (rejection), or say nothing (nobody)",
    )
    command.add_argument("--release", metavar="MODEL", help="a target (default: the first that a trigger waits for)")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of everything that is drawn (default: 0)")
    command.add_argument("--out", metavar="OUT", type=Path, help="where the report goes (default: out/NAME-rehearsal)")
    command.set_defaults(command=_rehearse)
    return command


def _rehearse(chosen: argparse.Namespace) -> int:
    checked = check_workload(chosen.directory, "embedded")
    released = released_model(checked, chosen.release)
    out = chosen.out or Path("out") / f"{checked.name}-rehearsal"
    moments: list[Moment] = []

    def tell(moment: Moment) -> None:
        moments.append(moment)
        if not chosen.json:
            print(f"{moment.at_s:6.1f} s  {moment.who:<7} {moment.what}", flush=True)

    if not chosen.json:
        print(
            f"A rehearsal of {checked.name}, in which {printable(released)} is released. Models and users are "
            "SIMULATED, and minutes pass in no time: it shows how things go, and says nothing about the models.\n"
        )
    done = rehearse(checked, released=released, suppose=chosen.suppose, seed=chosen.seed, out=out, tell=tell)
    if chosen.json:
        print(json.dumps({**_document(done), "moments": [asdict(each) for each in moments]}, indent=1))
    else:
        print("\n".join(["", headline(done.report), _end(done), f"Report: {out / 'report.html'}"]))
    return 0


def _end(done: Rehearsed) -> str:
    if done.rollout is not None:
        return _ENDS.get(done.rollout, f"The roll-out is {done.rollout}, with {done.percent} % at the target.")
    if done.approval not in (None, "approved"):
        return f"The approval is {done.approval}, and no traffic moved."
    return "No traffic moved: the verdict asks for none, or the workload declares no rollout."


def _document(done: Rehearsed) -> dict[str, object]:
    return {
        "run_id": done.run_id,
        "released": done.released,
        "models": "simulated",
        "verdict": done.report.verdict,
        "approval": done.approval,
        "rollout": done.rollout,
        "percent": done.percent,
    }
