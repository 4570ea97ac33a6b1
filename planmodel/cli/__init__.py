"""The command `planmodel`: what can be asked for, and how; each command's work is in a module of its own."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from planmodel.base.problems import InputError

DONE, FAILED, WRONG_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 done, 1 failed in part, 2 the input is wrong, 130 stopped by the user."""
    options = _parser().parse_args(arguments)
    # Help, which ends above, needs none of this.
    from planmodel.base.extras import MissingExtraError

    try:
        return int(options.run(options))
    except (InputError, MissingExtraError) as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        # A full disk, a folder that may not be written to: the system's words say which.
        print(error, file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="planmodel", description="Can a plan's targets be reached, and how do we know?"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_plan_commands(commands)
    _add_question_commands(commands)
    _add_scenario_commands(commands)
    _add_press_commands(commands)
    _add_making_commands(commands)
    return parser


def _add_plan_commands(commands: Any) -> None:
    audit = _command(commands, "plans.audit", "test the plan's figures against each other")
    _plan_arguments(audit, positional=True)
    reach = _command(commands, "plans.reach", "how likely each target is, and all together")
    _plan_arguments(reach, positional=True)
    _scenario_option(reach)


def _add_question_commands(commands: Any) -> None:
    stress = _command(commands, "questions.stress", "what would break each target, or reach it")
    stress.add_argument("--target", metavar="TARGET", help="the path that breaks one, such as assets.core")
    stress.add_argument("--distance", type=float, help="with --target: the worst path within so many s.d.")
    stress.add_argument("--catalogue", action="store_true", help="every stress story in three severities")
    stress.add_argument("--at-least", type=int, metavar="K", help="of the targets together")
    seek = _command(commands, "questions.seek", "the cheapest mix of measures that is enough")
    seek.add_argument("--targets", nargs="+", metavar="TARGET", help="by default all")
    seek.add_argument("--probability", type=float, default=0.8, help="of each target (default: 0.8)")
    seek.add_argument("--save", type=Path, metavar="FILE", help="write the mix as a scenario (.yaml)")
    track = _command(
        commands, "questions.track", "whether targets are on track, by every scheme side by side"
    )
    score = _command(commands, "questions.score", "how earlier outlooks on record fared")
    score.add_argument("folder", nargs="?", type=Path, default=Path("reports"), help="default: reports")
    for parser, positional in ((stress, True), (seek, True), (track, True), (score, False)):
        _plan_arguments(parser, positional)
    for parser in (stress, seek, track):
        _scenario_option(parser)


def _add_scenario_commands(commands: Any) -> None:
    show = _command(commands, "scenarios.show", "what a scenario says; without a name, the list of scenarios")
    show.add_argument("scenario", nargs="?", help="name, names joined by +, or a .yaml file")
    _plan_arguments(show)
    diff = _command(
        commands,
        "scenarios.diff",
        "what two scenarios say differently, and what it does to the odds",
    )
    diff.add_argument("first")
    diff.add_argument("second")
    _plan_arguments(diff)


def _add_press_commands(commands: Any) -> None:
    report = _command(commands, "press.report", "run the report notebook for scenarios and write pages")
    _scenarios_arguments(report)
    report.add_argument(
        "--draws", type=_positive, default=200_000, help="behind joint odds (default: 200000)"
    )
    report.add_argument("--out", type=Path, default=Path("reports"), help="folder (default: reports)")
    report.add_argument(
        "--engine",
        default="fork",
        help="fork (default), or ordinary: kernels that import everything themselves",
    )
    report.add_argument(
        "--time-limit", type=_positive, metavar="SECONDS", help="what a cell may take (default: no limit)"
    )
    report.add_argument(
        "--notebook", type=Path, metavar="FILE", help="another notebook with the same parameters"
    )
    report.add_argument("--pdf", action="store_true", help="write each report as PDF, too (needs Chromium)")

    sweep = _command(commands, "press.sweep", "a table with a row a scenario, without reports: for thousands")
    _scenarios_arguments(sweep)
    sweep.add_argument(
        "--out",
        type=Path,
        default=Path("sweep.parquet"),
        help="file, .parquet or .csv (default: sweep.parquet)",
    )


def _scenarios_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the choice of scenarios, and of where they are worked on."""
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        help="names, files, folders or patterns such as 'slowdown_*'; by default every scenario of the plan",
    )
    parser.add_argument(
        "--grid",
        nargs="+",
        action="extend",
        default=[],
        metavar="DRIVER=LOW:HIGH:POINTS",
        help="every combination of growth rates in the open years, such as city_credit=4:10:7",
    )
    parser.add_argument(
        "--on", default="baseline", metavar="SCENARIO", help="what a grid changes (default: baseline)"
    )
    parser.add_argument(
        "-j",
        "--workers",
        type=_positive,
        metavar="N",
        help="how many at a time (default: the number of cores)",
    )
    parser.add_argument(
        "--dask",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="work on a Dask cluster: that of a scheduler, which sees the same folders; without an address one made here",
    )
    _world_arguments(parser)
    _seed_argument(parser)


def _add_making_commands(commands: Any) -> None:
    new = _command(commands, "making.new", "write a plan folder to start from")
    new.add_argument("folder", type=Path)
    calibrate = _command(commands, "making.calibrate", "make the stored estimates again from the city panel")
    calibrate.add_argument("--out", type=Path, default=None, help="folder (default: the data that ships)")
    lab = _command(commands, "making.lab", "open the notebooks in JupyterLab, or the bench as a page")
    lab.add_argument(
        "--dashboard", action="store_true", help="serve the bench alone, on this machine's own address"
    )
    lab.add_argument(
        "--token", default="", help="what a visitor must know; by default a new one, which is printed"
    )
    lab.add_argument(
        "--allow-root",
        action="store_true",
        help="run JupyterLab as root, as in a container (it refuses otherwise)",
    )
    lab.add_argument("--port", type=_positive, default=None, help="by default a free one")
    _world_arguments(lab)


def _command(commands: Any, home: str, words: str) -> argparse.ArgumentParser:
    """Add a command; `home` is its module and function, loaded when it runs."""
    module, name = home.split(".")
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
    parser.set_defaults(run=_later(module, name))
    return parser


def _later(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        return int(getattr(import_module(f"planmodel.cli.{module}"), name)(options))

    return run


def _plan_arguments(parser: argparse.ArgumentParser, positional: bool = False) -> None:
    if positional:
        parser.add_argument("plan_name", nargs="?", metavar="PLAN", help="a plan that ships, or a folder")
    _world_arguments(parser)
    _seed_argument(parser)
    parser.add_argument("--json", action="store_true", help="print rows as JSON")
    parser.add_argument("--csv", type=Path, default=None, metavar="FILE", help="also write the table to FILE")


def _seed_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=0, help="of the draws (default: 0)")


def _world_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--plan", default="jiangbei", help="a plan that ships, or a folder (default: jiangbei)"
    )
    parser.add_argument("--as-of", type=int, default=None, help="last year whose observations are known")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="default: zh")


def _scenario_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-s", "--scenario", default="baseline", help="name, names joined by +, or a .yaml file"
    )
    parser.add_argument("--severity", metavar="DEGREE", help="of a stress story: mild, moderate or severe")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"found {number}, expected a number of 1 or more")
    return number
