"""The commands about scenarios: `show` and `diff`."""

from __future__ import annotations

import argparse

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.cli.output import deliver
from planmodel.cli.plans import chosen_model, chosen_plan, print_targets
from planmodel.plan.plan import Plan
from planmodel.questions.odds.comparison import entry_differences, odds_differences
from planmodel.scenario.scenario import Scenario, load_scenario, scenario_names
from planmodel.show.titles import title_with_severity
from planmodel.show.words.comparison import difference_words, entry_words
from planmodel.show.words.plausibility import acting_words, plausibility_words


def show(options: argparse.Namespace) -> int:
    """Print what a scenario says, or the list of scenarios."""
    plan = chosen_plan(options)
    if options.scenario is None:
        return _show_all(options, plan)
    scenario = load_scenario(options.scenario, plan)
    entries = entry_differences(Scenario("nothing"), scenario)
    if deliver(options, plan, entries.drop(columns="first"), scenario.name, options.as_of):
        print(title_with_severity(scenario, options.lang))
        print(scenario.text(options.lang))
        for sentence in entry_words(entries, plan, options.lang):
            print("·", sentence)
        outlook = chosen_model(options, plan).run(scenario)
        for sentence in (
            acting_words(scenario, outlook.as_of, options.lang),
            plausibility_words(outlook, options.lang),
        ):
            if sentence:
                print(sentence)
    return 0


def _show_all(options: argparse.Namespace, plan: Plan) -> int:
    found = [load_scenario(name, plan) for name in scenario_names(plan)]
    frame = pd.DataFrame(
        {
            "name": [s.name for s in found],
            "scenario": [s.heading(options.lang) for s in found],
            "severity": [s.severity for s in found],
        }
    )
    if deliver(options, plan, frame):
        for row in rows_of(frame):
            print(f"{row['name']:<22} {row['scenario']}")
    return 0


def diff(options: argparse.Namespace) -> int:
    """Print what two scenarios say differently, and what it does to the odds."""
    plan = chosen_plan(options)
    first, second = (load_scenario(name, plan) for name in (options.first, options.second))
    model = chosen_model(options, plan)
    odds = odds_differences(model, first, second)
    if deliver(options, plan, odds, f"{first.name} → {second.name}", model.as_of):
        print(f"{first.heading(options.lang)} → {second.heading(options.lang)}")
        for sentence in difference_words(entry_differences(first, second), plan, options.lang):
            print("·", sentence)
        heads = {"first": first.heading(options.lang), "second": second.heading(options.lang)}
        print_targets(odds, plan, options.lang, heads)
    return 0
