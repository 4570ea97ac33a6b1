"""The commands that ask about a plan: `audit` and `reach`."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label, text
from planmodel.cli.language import plan_language
from planmodel.cli.output import deliver, print_table
from planmodel.plan.plan import Plan, load_plan
from planmodel.show.labels import level, named, percent

if TYPE_CHECKING:
    from planmodel.model.model import Model
    from planmodel.model.outlook import Outlook


def chosen_plan(options: argparse.Namespace) -> Plan:
    """Load the plan that a command names; where nobody said which language to speak, it is the plan's from here on."""
    plan = load_plan(getattr(options, "plan_name", None) or options.plan)
    options.lang = options.lang or plan_language(plan)
    return plan


def chosen_model(options: argparse.Namespace, plan: Plan) -> Model:
    """Build its model as of the year that the command names."""
    from planmodel.model.model import build_model

    return build_model(plan, as_of=options.as_of)


def chosen_outlook(options: argparse.Namespace) -> Outlook:
    """Run the scenario that the command names."""
    model = chosen_model(options, chosen_plan(options))
    if not options.severity:
        return model.run(options.scenario)
    from planmodel.show.doors import at_severity

    return model.run(at_severity(options.scenario, options.severity, model))


def heading(outlook: Outlook, lang: str) -> str:
    """Return the line above a table: scenario and year."""
    return text("cli.heading", lang, scenario=outlook.scenario.heading(lang), year=outlook.as_of)


def print_targets(frame: pd.DataFrame, plan: Plan, lang: str, heads: Mapping[str, str] | None = None) -> None:
    """Print a result by target, with names for identifiers."""
    print_table(named(frame, plan, lang), lang, heads)


def audit(options: argparse.Namespace) -> int:
    """Print every finding on the plan's own figures."""
    from planmodel.plan.audit import audit as findings
    from planmodel.show.words.plan import audit_findings

    plan = chosen_plan(options)
    frame = findings(plan)
    if deliver(options, plan, frame):
        print(plan.title(options.lang))
        for row, said in zip(rows_of(frame), audit_findings(frame, options.lang), strict=True):
            # A figure that is exact has no interval to show.
            exact = math.isnan(row["low"]) or row["low"] == row["high"]
            interval = "" if exact else f" [{level(row['low'])}, {level(row['high'])}]"
            verdict = label(row["verdict"], options.lang)
            print(text("cli.audit_line", options.lang, verdict=verdict, said=said, interval=interval))
    return 0


def reach(options: argparse.Namespace) -> int:
    """Print how likely each target is, and all together."""
    from planmodel.questions.odds.marginal import reach as odds
    from planmodel.show.words.plausibility import plausibility_words

    outlook = chosen_outlook(options)
    frame = odds(outlook, seed=options.seed)
    if deliver(options, outlook.plan, frame, outlook.scenario.name, outlook.as_of, outlook):
        print(heading(outlook, options.lang))
        print(plausibility_words(outlook, options.lang))
        print_targets(frame, outlook.plan, options.lang)
        print(_together(outlook, options), flush=True)
    return 0


def _together(outlook: Outlook, options: argparse.Namespace) -> str:
    from planmodel.questions.odds.joint import joint

    row = joint(outlook, seed=options.seed).iloc[0]
    total, k = len(outlook.model.goals.quantities), int(row["k"])
    return text(
        *("cli.together", options.lang),
        total=total,
        every=percent(row["all"], row["standard_error"], row["draws"]),
        k=k,
        several=percent(row["at_least"], row["at_least_standard_error"], row["draws"]),
        expected=f"{row['expected']:.1f}",
    )
