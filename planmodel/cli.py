"""The command `planmodel`."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planmodel.files import shipped
from planmodel.output import deliver, print_table
from planmodel.records import records
from planmodel.tables import InputError, Problem

if TYPE_CHECKING:
    from planmodel.model import Model
    from planmodel.outlook import Outlook
    from planmodel.plan import Plan

DONE, FAILED, WRONG_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 done, 1 failed in part, 2 the input is wrong."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except InputError as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="planmodel", description="Can a plan's targets be reached, and how do we know?"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    audit = _command(commands, "audit", _audit, "test the plan's figures against each other")
    _plan_arguments(audit, positional=True)
    reach = _command(commands, "reach", _reach, "how likely each target is, and all together")
    _plan_arguments(reach, positional=True)
    reach.add_argument(
        "-s", "--scenario", default="baseline", help="name, names joined by +, or a .yaml file"
    )
    show = _command(commands, "show", _show, "what a scenario says; without a name, the list of scenarios")
    show.add_argument("scenario", nargs="?", help="name, names joined by +, or a .yaml file")
    _plan_arguments(show)
    diff = _command(
        commands, "diff", _diff, "what two scenarios say differently, and what it does to the odds"
    )
    diff.add_argument("first")
    diff.add_argument("second")
    _plan_arguments(diff)
    report = _command(commands, "report", _report, "run the report notebook for scenarios and write pages")
    report.add_argument(
        "scenarios", nargs="*", metavar="SCENARIO", help="by default every scenario of the plan"
    )
    _plan_arguments(report)
    report.add_argument(
        "--draws", type=_positive, default=200_000, help="behind joint odds (default: 200000)"
    )
    report.add_argument("--out", type=Path, default=Path("reports"), help="folder (default: reports)")
    new = _command(commands, "new", _new, "write a plan folder to start from")
    new.add_argument("folder", type=Path)
    calibrate = _command(
        commands, "calibrate", _calibrate, "make the stored estimates again from the city panel"
    )
    _command(commands, "lab", _lab, "open the first notebook in JupyterLab")
    calibrate.add_argument("--out", type=Path, default=None, help="folder (default: the data that ships)")
    return parser


def _command(commands: Any, name: str, run: Any, words: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
    parser.set_defaults(run=run)
    return parser


def _plan_arguments(parser: argparse.ArgumentParser, positional: bool = False) -> None:
    if positional:
        parser.add_argument("plan_name", nargs="?", metavar="PLAN", help="a plan that ships, or a folder")
    parser.add_argument(
        "--plan", default="jiangbei", help="a plan that ships, or a folder (default: jiangbei)"
    )
    parser.add_argument("--as-of", type=int, default=None, help="last year whose observations are known")
    parser.add_argument("--seed", type=int, default=0, help="of the draws (default: 0)")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="default: zh")
    parser.add_argument("--json", action="store_true", help="print rows as JSON")
    parser.add_argument("--csv", type=Path, default=None, metavar="FILE", help="also write the table to FILE")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"found {number}, expected a number of 1 or more")
    return number


def _load(options: argparse.Namespace) -> Plan:
    from planmodel.plan import load_plan

    return load_plan(getattr(options, "plan_name", None) or options.plan)


def _model(options: argparse.Namespace, plan: Plan) -> Model:
    from planmodel.model import build_model

    return build_model(plan, as_of=options.as_of)


def _audit(options: argparse.Namespace) -> int:
    from planmodel.consistency import audit

    plan = _load(options)
    frame = audit(plan)
    if deliver(options, plan, frame):
        print(plan.title(options.lang))
        for row in records(frame):
            interval = "" if math.isnan(row["low"]) else f" [{row['low']:.4g}, {row['high']:.4g}]"
            print(f"{row['verdict']:<13} {row[f'words_{options.lang}']}{interval}")
    return DONE


def _reach(options: argparse.Namespace) -> int:
    from planmodel.odds import reach

    plan = _load(options)
    outlook = _model(options, plan).run(options.scenario)
    frame = reach(outlook, seed=options.seed)
    if deliver(options, plan, frame, outlook.scenario.name, outlook.as_of):
        print(_heading(outlook, options.lang))
        frame.insert(
            0,
            "name",
            [plan.label(i, a, options.lang) for i, a in zip(frame["indicator"], frame["area"], strict=True)],
        )
        print_table(frame.drop(columns=["target", "indicator", "area", "standard_error"]), options.lang)
        print(_together(outlook, options), flush=True)
    return DONE


def _heading(outlook: Outlook, lang: str) -> str:
    name = outlook.scenario.heading(lang)
    return f"{name}（截至 {outlook.as_of} 年）" if lang == "zh" else f"{name}, as of {outlook.as_of}"


def _together(outlook: Outlook, options: argparse.Namespace) -> str:
    from planmodel.odds import joint

    row = joint(outlook, seed=options.seed).iloc[0]
    total = len(outlook.model.goals.quantities)
    everything = f"{100 * row['all']:.1f} ± {100 * row['standard_error']:.2f} %"
    some = f"{100 * row['at_least']:.1f} ± {100 * row['at_least_standard_error']:.2f} %"
    if options.lang == "zh":
        return f"{total} 项全部达标 {everything}；至少 {row['k']:.0f} 项 {some}；期望达标 {row['expected']:.1f} 项（± 为标准误）"
    return f"all {total}: {everything}; at least {row['k']:.0f}: {some}; expected: {row['expected']:.1f} (± standard error)"


def _show(options: argparse.Namespace) -> int:
    import pandas as pd

    from planmodel.comparison import difference_words, entry_differences
    from planmodel.scenario import Scenario, load_scenario, scenario_names

    plan = _load(options)
    if options.scenario is None:
        found = [load_scenario(name, plan) for name in scenario_names(plan)]
        frame = pd.DataFrame(
            {
                "name": [s.name for s in found],
                "scenario": [s.heading(options.lang) for s in found],
                "severity": [s.severity for s in found],
            }
        )
        if deliver(options, plan, frame):
            for row in records(frame):
                print(f"{row['name']:<22} {row['scenario']}")
        return DONE
    scenario = load_scenario(options.scenario, plan)
    entries = entry_differences(Scenario("nothing"), scenario)
    if deliver(options, plan, entries.drop(columns="first"), scenario.name, options.as_of):
        print(
            f"{scenario.heading(options.lang)} [{scenario.severity}]", scenario.text(options.lang), sep="\n"
        )
        for sentence in difference_words(entries, plan, options.lang):
            print("·", sentence)
    return DONE


def _diff(options: argparse.Namespace) -> int:
    from planmodel.comparison import difference_words, entry_differences, odds_differences
    from planmodel.scenario import load_scenario

    plan = _load(options)
    first, second = (load_scenario(name, plan) for name in (options.first, options.second))
    model = _model(options, plan)
    odds = odds_differences(model, first, second)
    if deliver(options, plan, odds, f"{first.name} → {second.name}", model.as_of):
        print(f"{first.heading(options.lang)} → {second.heading(options.lang)}")
        for sentence in difference_words(entry_differences(first, second), plan, options.lang):
            print("·", sentence)
        print_table(odds, options.lang)
    return DONE


def _report(options: argparse.Namespace) -> int:
    # jsonschema imports this package if it is there, to check a format that nothing here uses; the import
    # builds thirty parsers and takes a second in every process.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from planmodel.batch import run_reports
    from planmodel.scenario import load_scenario, scenario_names

    plan = _load(options)
    as_of = _model(options, plan).as_of
    names = options.scenarios or scenario_names(plan) or ["baseline"]
    for name in names:
        load_scenario(name, plan)
    which = options.plan if plan.folder.parent == shipped("seeds") else str(plan.folder.resolve())
    results = run_reports(which, names, as_of, options.draws, options.seed, options.lang, options.out)
    failed = [result for result in results if not result.ok]
    for result in failed:
        print(f"{result.scenario}: {result.message}", file=sys.stderr)
    print((options.out / "index.html").resolve())
    return FAILED if failed else DONE


def _new(options: argparse.Namespace) -> int:
    from planmodel.new_plan import new_plan

    new_plan(options.folder)
    print(options.folder)
    return DONE


def _calibrate(options: argparse.Namespace) -> int:
    from planmodel.calibration import write_calibration
    from planmodel.own_growth import write_own_growth
    from planmodel.plan import load_plan

    folder = options.out or shipped("data")
    if not folder.is_dir():
        raise InputError([Problem("--out", "", str(folder), "a folder that exists")])
    try:
        write_calibration(folder)
    except ImportError as error:
        print(error, file=sys.stderr)
        return FAILED
    write_own_growth(load_plan("jiangbei"), folder)
    for name in ("calibration.csv", "reference_class.csv", "own_growth.csv"):
        print(folder / name)
    return DONE


def _lab(_options: argparse.Namespace) -> int:
    start = shipped("notebooks", "00_start.ipynb")
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", str(start)])


if __name__ == "__main__":
    sys.exit(main())
