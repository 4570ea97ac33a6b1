"""The command `planmodel`: what can be asked for, and how; each command's work is in a module of its own."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from planmodel.base.messages import ENGLISH, WHOLE, Message, catalogue, text
from planmodel.base.problems import InputError
from planmodel.cli import language
from planmodel.cli.parser import Parser, argparse_speaks

DONE, FAILED, WRONG_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 done, 1 failed in part, 2 the input is wrong, 130 stopped by the user."""
    line = sys.argv[1:] if arguments is None else list(arguments)
    lang = language.environment_language(os.environ)
    try:
        lang = language.asked_language(line) or lang
    except InputError as error:
        _say(error.text(lang or language.SHIPPED_LANGUAGE))
        return WRONG_INPUT
    if lang and lang not in WHOLE:
        _say(language.completeness(lang))
    with argparse_speaks(lang or language.SHIPPED_LANGUAGE):
        options = _parser(lang or language.SHIPPED_LANGUAGE).parse_args(line)
    # Of another plan it is known once that has been read: see `chosen_plan`.
    options.lang = lang or ("" if _names_a_plan(options) else language.SHIPPED_LANGUAGE)
    return _run(options)


def _names_a_plan(options: argparse.Namespace) -> bool:
    named = {getattr(options, name, None) for name in ("plan_name", "plan")}
    return bool(named - {None, language.SHIPPED_PLAN})


def _run(options: argparse.Namespace) -> int:
    """Run the chosen command; what went wrong is said, and returned as a status."""
    # Help, which ended before, needs none of this.
    from planmodel.base.extras import MissingExtraError

    try:
        return int(options.run(options))
    except (InputError, MissingExtraError) as error:
        _say(_words(error, options.lang or ENGLISH))
        return WRONG_INPUT
    except KeyboardInterrupt:
        _say(text("cli.stopped", options.lang or ENGLISH))
        return 130
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        # A full disk, a folder that may not be written to: the system's words say which.
        _say(_system_words(error, options.lang or ENGLISH))
        return FAILED


def _say(words: str) -> None:
    print(words, file=sys.stderr)


def _words(error: Exception, lang: str) -> str:
    """Return an error in a language; one that knows no other is said as it is."""
    what = error if isinstance(error, InputError) else next(iter(error.args), "")
    return text(what, lang) if isinstance(what, (InputError, Message)) else str(error)


def _system_words(error: OSError, lang: str) -> str:
    """Return what the system refused, in a language where its reason is in the catalogues."""
    if error.errno is None:
        return _words(error, lang)
    key = f"errno.{errno.errorcode.get(error.errno, '')}"
    reason = text(key, lang) if key in catalogue(ENGLISH) else error.strerror
    if error.filename is None:
        return text("cli.system", lang, number=error.errno, reason=reason)
    return text("cli.system_file", lang, number=error.errno, reason=reason, file=error.filename)


def _parser(lang: str) -> Parser:
    parser = Parser(lang, prog="planmodel", description=text("cli.description", lang))
    commands = parser.add_subparsers(required=True, metavar=text("metavar.command", lang))
    _add_plan_commands(commands, lang)
    _add_question_commands(commands, lang)
    _add_scenario_commands(commands, lang)
    _add_press_commands(commands, lang)
    _add_making_commands(commands, lang)
    for one in (parser, *commands.choices.values()):
        _lang_option(one)
    return parser


def _add_plan_commands(commands: Any, lang: str) -> None:
    audit = _command(commands, "plans.audit", lang)
    _plan_arguments(audit, positional=True)
    reach = _command(commands, "plans.reach", lang)
    _plan_arguments(reach, positional=True)
    _scenario_option(reach)


def _add_question_commands(commands: Any, lang: str) -> None:
    stress = _command(commands, "questions.stress", lang)
    stress.add("--target", words="argument.target", metavar="metavar.target")
    stress.add("--distance", type=stress.number, words="argument.distance", metavar="metavar.number")
    stress.add("--catalogue", action="store_true", words="argument.catalogue")
    stress.add("--at-least", type=stress.whole, words="argument.at_least", metavar="metavar.k")
    seek = _command(commands, "questions.seek", lang)
    seek.add("--targets", nargs="+", words="argument.targets", metavar="metavar.target")
    seek.add(
        *("--probability",),
        type=seek.number,
        default=0.8,
        words="argument.probability",
        metavar="metavar.number",
    )
    seek.add("--save", type=Path, words="argument.save", metavar="metavar.file")
    track = _command(commands, "questions.track", lang)
    score = _command(commands, "questions.score", lang)
    folder = Path("reports")
    score.add(
        "folder", nargs="?", type=Path, default=folder, words="argument.default", metavar="metavar.folder"
    )
    for parser, positional in ((stress, True), (seek, True), (track, True), (score, False)):
        _plan_arguments(parser, positional)
    for parser in (stress, seek, track):
        _scenario_option(parser)


def _add_scenario_commands(commands: Any, lang: str) -> None:
    show = _command(commands, "scenarios.show", lang)
    show.add("scenario", nargs="?", words="argument.scenario", metavar="metavar.scenario")
    _plan_arguments(show)
    diff = _command(commands, "scenarios.diff", lang)
    diff.add("first", words="argument.scenario", metavar="metavar.first")
    diff.add("second", words="argument.scenario", metavar="metavar.second")
    _plan_arguments(diff)


def _add_press_commands(commands: Any, lang: str) -> None:
    report = _command(commands, "press.report", lang)
    _scenarios_arguments(report)
    report.add(
        "--draws",
        type=report.positive,
        default=200_000,
        words="argument.draws",
        metavar="metavar.count",
    )
    report.add(
        "--out", type=Path, default=Path("reports"), words="argument.out_folder", metavar="metavar.folder"
    )
    report.add("--engine", default="fork", words="argument.engine", metavar="metavar.engine")
    report.add("--time-limit", type=report.positive, words="argument.time_limit", metavar="metavar.seconds")
    report.add("--notebook", type=Path, words="argument.notebook", metavar="metavar.file")
    report.add("--pdf", action="store_true", words="argument.pdf")

    sweep = _command(commands, "press.sweep", lang)
    _scenarios_arguments(sweep)
    table = Path("sweep.parquet")
    sweep.add("--out", type=Path, default=table, words="argument.out_table", metavar="metavar.file")


def _scenarios_arguments(parser: Parser) -> None:
    """Add the choice of scenarios, and of where they are worked on."""
    parser.add("scenarios", nargs="*", words="argument.scenarios", metavar="metavar.scenario")
    parser.add(
        "--grid", nargs="+", action="extend", default=[], words="argument.grid", metavar="metavar.grid"
    )
    parser.add("--on", default="baseline", words="argument.on", metavar="metavar.scenario")
    parser.add("-j", "--workers", type=parser.positive, words="argument.workers", metavar="metavar.count")
    parser.add("--dask", nargs="?", const="", words="argument.dask", metavar="metavar.address")
    _world_arguments(parser)
    _seed_argument(parser)


def _add_making_commands(commands: Any, lang: str) -> None:
    new = _command(commands, "making.new", lang)
    new.add("folder", type=Path, words="argument.new_folder", metavar="metavar.folder")
    calibrate = _command(commands, "making.calibrate", lang)
    calibrate.add("--out", type=Path, words="argument.out_estimates", metavar="metavar.folder")
    lab = _command(commands, "making.lab", lang)
    lab.add("--dashboard", action="store_true", words="argument.dashboard")
    lab.add("--token", default="", words="argument.token", metavar="metavar.token")
    lab.add("--allow-root", action="store_true", words="argument.allow_root")
    lab.add("--port", type=lab.positive, words="argument.port", metavar="metavar.port")
    _world_arguments(lab)


def _command(commands: Any, home: str, lang: str) -> Parser:
    """Add a command; `home` is its module and function, loaded when it runs."""
    module, name = home.split(".")
    words = text(f"command.{name}", lang)
    parser: Parser = commands.add_parser(name, lang=lang, help=words, description=words)
    parser.set_defaults(run=_later(module, name))
    return parser


def _later(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        return int(getattr(import_module(f"planmodel.cli.{module}"), name)(options))

    return run


def _plan_arguments(parser: Parser, positional: bool = False) -> None:
    if positional:
        parser.add("plan_name", nargs="?", words="argument.plan_name", metavar="metavar.plan")
    _world_arguments(parser)
    _seed_argument(parser)
    parser.add("--json", action="store_true", words="argument.json")
    parser.add("--csv", type=Path, words="argument.csv", metavar="metavar.file")


def _seed_argument(parser: Parser) -> None:
    parser.add("--seed", type=parser.whole, default=0, words="argument.seed", metavar="metavar.number")


def _world_arguments(parser: Parser) -> None:
    parser.add("--plan", default=language.SHIPPED_PLAN, words="argument.plan", metavar="metavar.plan")
    parser.add("--as-of", type=parser.whole, words="argument.as_of", metavar="metavar.year")


def _scenario_option(parser: Parser) -> None:
    parser.add("-s", "--scenario", default="baseline", words="argument.scenario", metavar="metavar.scenario")
    parser.add("--severity", words="argument.severity", metavar="metavar.degree")


def _lang_option(parser: Parser) -> None:
    # `main` has read and judged it before; a parser only has to know that it takes a value.
    parser.add(language.OPTION, words="argument.lang", metavar="metavar.language")
