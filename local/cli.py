"""The command ``brainswap``: progress on stderr, results on stdout."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.prompts.dialects.packs import family_names
from local import finished, portal, starting
from local.account import (
    deciding,
    deploying,
    destroying,
    doctor,
    models,
    push,
    redriving,
    rolling_back,
    rollouts,
    start,
    status,
)
from local.account.change_sets import DeploymentFailedError
from local.account.identity import NoAccountError
from local.account.stack import NoStackError
from local.account.talking import CannotDeployError
from local.blind import command as blind
from local.embedded import EmbeddedBedrockFailedError
from local.exports.command import FORMATS as EXPORTED
from local.exports.command import export
from local.exports.runs import CannotExportError
from local.importing import import_workload, written_document, written_lines
from local.imports.account import CannotImportError
from local.imports.formats import FORMATS
from local.indexing import NoRunsError
from local.labels.command import LabelOptions, draw_sheet, label_here, read_back
from local.labels.drawing import CannotLabelError
from local.progress import showing
from local.prompt_files import CannotReadPromptError
from local.rehearsing import command as rehearsing
from local.rehearsing.story import CannotRehearseError
from local.run import FAST, RunFailedError, RunOptions, default_models, run_workload
from local.telling import forecast_document, forecast_lines, problem_document, report_lines
from local.translating import (
    CannotTranslateError,
    check_model,
    rule_documents,
    rule_lines,
    translate_file,
    translated_document,
    translated_lines,
    translated_prompt,
)
from local.workloads import check_workload

DONE, FAILED, WRONG, HOLD, INCONCLUSIVE, INTERRUPTED = 0, 1, 2, 3, 4, 130

_GATED = {"migrate": DONE, "hold": HOLD, "refused": HOLD, "inconclusive": INCONCLUSIVE}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is the contract's."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.command(chosen))
    except InvalidWorkloadError as error:
        _tell_problems(error, as_json=chosen.json)
        return WRONG
    except (
        starting.CannotStartError,
        CannotImportError,
        CannotExportError,
        CannotLabelError,
        CannotTranslateError,
        CannotReadPromptError,
        CannotRehearseError,
        finished.NoFinishedRunError,
        CannotDeployError,
        NoAccountError,
        NoRunsError,
        NoStackError,
        deciding.CannotDecideError,
        rolling_back.CannotRollBackError,
    ) as error:
        print(error, file=sys.stderr)
        return WRONG
    except (RunFailedError, EmbeddedBedrockFailedError) as error:
        print(f"The run failed: {error}", file=sys.stderr)
        return FAILED
    except DeploymentFailedError as error:
        print(error, file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # whoever reads has had enough, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("Interrupted. Nothing is lost: the same command with --resume goes on.", file=sys.stderr)
        sys.stderr.flush()
        os._exit(INTERRUPTED)  # the workers' threads wait for models; every answer that came is on the disk


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="brainswap",
        description="Move an application from one LLM to another, with a verdict to rely on.",
        epilog="Exit codes: 0 done, 1 the run failed, 2 wrong usage or an invalid workload; "
        "with --gate also 3 for hold (or refused) and 4 for inconclusive.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    init = commands.add_parser("init", help="write a workload that runs", description="Write a workload that runs.")
    init.add_argument("name", metavar="NAME", help="of the folder and of the workload: a-z, 0-9 and hyphens")
    init.set_defaults(command=_init)

    check = commands.add_parser(
        "check",
        help="validate a workload and forecast its run",
        description="Validate a workload; say what a run takes and how small a difference the cases can show.",
    )
    run = commands.add_parser(
        "run",
        help="run the whole migration on this machine",
        description="Run the whole migration on this machine: the same state machine, the same handlers.",
    )
    for each in (check, run):
        each.add_argument("directory", metavar="DIR", type=Path, help="the folder of the workload")
        each.add_argument(
            "--models",
            choices=("embedded", "bedrock"),
            help="who answers live questions: recordings and simulated models, or Amazon Bedrock "
            "(default: Bedrock where credentials or an endpoint are configured)",
        )
    check.set_defaults(command=_check)

    run.add_argument("--out", metavar="OUT", type=Path, help="where the report goes (default: out/NAME)")
    run.add_argument("--seed", type=int, default=0, metavar="N", help="of everything that is drawn (default: 0)")
    run.add_argument("--gate", action="store_true", help="let the exit code tell the verdict")
    run.add_argument("--resume", action="store_true", help="go on with the run in OUT without paying twice")
    run.add_argument("--fresh", action="store_true", help="ask again what earlier runs in OUT have asked")
    run.add_argument(
        "--pace",
        type=float,
        default=FAST,
        metavar="X",
        help=f"of the embedded models' clock: 1 is real time, 0 does not wait (default: {FAST:g})",
    )
    run.set_defaults(command=_run)

    importing = commands.add_parser(
        "import",
        help="write a workload out of another tool's file",
        description="Write a workload out of another tool's file, with an account of what was taken along. "
        "Nothing of the file is run, and nothing outside of its folder is read.",
    )
    importing.add_argument("format", metavar="FORMAT", choices=sorted(FORMATS), help=", ".join(sorted(FORMATS)))
    importing.add_argument("file", metavar="FILE", help="in that format, or s3://BUCKET/PREFIX of such files")
    importing.add_argument("directory", metavar="DIR", type=Path, help="the folder to write, new or empty")
    importing.set_defaults(command=_import)

    others = (
        *(_add_export(commands), _add_translate(commands), _add_label(commands)),
        *finished.add_commands(commands),
        portal.add_command(commands),
        rehearsing.add_command(commands),
        *deciding.add_commands(commands),
        *rolling_back.add_commands(commands),
        *rollouts.add_commands(commands),
        *blind.add_commands(commands),
        *deploying.add_commands(commands),
        *push.add_commands(commands),
        *start.add_commands(commands),
        *status.add_commands(commands),
        *models.add_commands(commands),
        *destroying.add_commands(commands),
        *doctor.add_commands(commands),
        *redriving.add_commands(commands),
    )
    for each in (init, check, run, importing, *others):
        each.add_argument("--json", action="store_true", help="write the result as JSON")
    return parser


def _add_export(commands: Any) -> argparse.ArgumentParser:
    exporting: argparse.ArgumentParser = commands.add_parser(
        "export",
        help="write the prompt of a run in another tool's form",
        description="Write the prompt that a run recommends in another tool's form. What the form has no place for is "
        "named on stderr.",
    )
    exporting.add_argument("format", metavar="FORMAT", choices=EXPORTED, help=", ".join(EXPORTED))
    exporting.add_argument("run", metavar="RUN", help="the folder that the run left, or its id where that is below out")
    exporting.add_argument("file", metavar="FILE", type=Path, help="to write; one that is there is replaced")
    exporting.add_argument("--contender", metavar="ID", help="whose prompt (default: the recommended one's)")
    exporting.add_argument(
        "--publish",
        action="store_true",
        help="with bedrock-prompt: also create it in Prompt Management, with a version, in your AWS account",
    )
    exporting.set_defaults(command=_export)
    return exporting


def _add_translate(commands: Any) -> argparse.ArgumentParser:
    translating: argparse.ArgumentParser = commands.add_parser(
        "translate",
        help="put a prompt into another model's dialect",
        description="Put a prompt into another model's dialect: the prompt on stdout, each change with its reason on "
        "stderr. No model is asked.",
    )
    translating.add_argument(
        "file", metavar="FILE", type=Path, nargs="?", help="a text, chat messages as .json, or the folder of a workload"
    )
    translating.add_argument("--to", metavar="MODEL", help="the id of the model that the prompt is for")
    translating.add_argument(
        "--from", metavar="FAMILY", dest="source", help=f"that the prompt was written for: {', '.join(family_names())}"
    )
    translating.add_argument(
        "--reject", metavar="RULE", action="append", default=[], help="leave a rule out; may be given several times"
    )
    translating.add_argument("--rules", action="store_true", help="list the rules, with --to those for a model")
    translating.set_defaults(command=_translate)
    return translating


def _add_label(commands: Any) -> argparse.ArgumentParser:
    label: argparse.ArgumentParser = commands.add_parser(
        "label",
        help="have people score a sample of the answers of a run",
        description="Draw a sample of a run's answers for people, who are not told whose they are: as a spreadsheet, "
        "or one by one in the terminal. What they say is kept in DIR/labels.jsonl, and the next run reports how far "
        "its judges agree with them, and what the scores are by them.",
    )
    label.add_argument("directory", metavar="DIR", type=Path, help="the folder of the workload")
    label.add_argument("--run", metavar="OUT", type=Path, help="what the run left (default: out/NAME)")
    label.add_argument(
        "--scorer",
        action="append",
        default=[],
        metavar="NAME",
        help="whose question people answer; may be given more than once (default: every judged one)",
    )
    label.add_argument("--count", type=_positive, default=100, metavar="N", help="cases a scorer (default: 100)")
    label.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="of the draw; a larger draw with the same seed holds the smaller one (default: 0)",
    )
    label.add_argument("--labeller", metavar="NAME", help="who labels (default: the user of this machine)")
    way = label.add_mutually_exclusive_group()
    way.add_argument("--out", metavar="FILE", type=Path, help="the spreadsheet to write (default: DIR/labels.csv)")
    way.add_argument("--read", metavar="FILE", type=Path, help="a spreadsheet to read back")
    way.add_argument("--terminal", action="store_true", help="ask here, a key for each mark")
    label.set_defaults(command=_label)
    return label


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def _label(chosen: argparse.Namespace) -> int:
    options = LabelOptions(
        directory=chosen.directory,
        run=chosen.run,
        scorers=chosen.scorer,
        count=chosen.count,
        seed=chosen.seed,
        sheet=chosen.out,
        labeller=chosen.labeller,
    )
    if chosen.read is not None:
        done = read_back(options, chosen.read)
    elif chosen.terminal:
        done = label_here(options, Console(stderr=chosen.json, highlight=False))
    else:
        done = draw_sheet(options)
    print(json.dumps(done.document, indent=1) if chosen.json else "\n".join(done.lines))
    return DONE


def _init(chosen: argparse.Namespace) -> int:
    written = starting.write_workload(chosen.name)
    if chosen.json:
        print(json.dumps({"workload": str(written)}))
    else:
        print(f"Wrote {written}. Next: brainswap check {written}, then brainswap run {written}")
    return DONE


def _import(chosen: argparse.Namespace) -> int:
    written = import_workload(chosen.format, chosen.file, chosen.directory, default_models())
    if chosen.json:
        print(json.dumps(written_document(written), indent=1))
    else:
        print("\n".join(written_lines(written)))
    return DONE


def _export(chosen: argparse.Namespace) -> int:
    done = export(chosen.format, chosen.run, chosen.file, contender=chosen.contender, publishing=chosen.publish)
    for remark in done.remarks():
        print(remark, file=sys.stderr)
    print(json.dumps(done.document, indent=1) if chosen.json else "\n".join(done.lines()))
    return DONE


def _translate(chosen: argparse.Namespace) -> int:
    if chosen.rules:
        if chosen.to is not None:
            check_model(chosen.to)
        told = json.dumps(rule_documents(chosen.to), indent=1) if chosen.json else "\n".join(rule_lines(chosen.to))
        print(told)
        return DONE
    if chosen.file is None or chosen.to is None:
        raise CannotTranslateError("Name a file and a model: brainswap translate FILE --to MODEL.")
    translated = translate_file(chosen.file, chosen.to, source=chosen.source, reject=chosen.reject)
    if chosen.json:
        print(json.dumps(translated_document(translated), indent=1, ensure_ascii=False))
        return DONE
    print(translated_prompt(translated))
    print("\n".join(translated_lines(translated)), file=sys.stderr)
    return DONE


def _check(chosen: argparse.Namespace) -> int:
    checked = check_workload(chosen.directory, chosen.models or default_models())
    if chosen.json:
        print(json.dumps(forecast_document(checked), indent=1))
    else:
        print("\n".join(forecast_lines(checked)))
    return DONE


def _run(chosen: argparse.Namespace) -> int:
    models = chosen.models or default_models()
    checked = check_workload(chosen.directory, models)
    options = RunOptions(
        out=chosen.out or Path("out") / checked.name,
        models=models,
        seed=chosen.seed,
        resume=chosen.resume,
        fresh=chosen.fresh,
        pace=chosen.pace,
    )
    with showing(quiet=chosen.json, budget_usd=checked.loaded.workload.limits.budget_usd) as observer:
        report = run_workload(checked, options, observer)
    if chosen.json:
        print((options.out / "report.json").read_text("utf-8"), end="")
    else:
        account = deciding.what_comes_in_the_account(checked.loaded.workload, report)
        print("\n".join([*report_lines(report, options.out), *account]))
    return _GATED[report.verdict] if chosen.gate else DONE


def _tell_problems(error: InvalidWorkloadError, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(problem_document(error), indent=1))
        return
    for problem in error.problems:
        print(problem, file=sys.stderr)
    count = len(error.problems)
    print(f"{count} problem{'s' if count > 1 else ''} found; nothing was run.", file=sys.stderr)
