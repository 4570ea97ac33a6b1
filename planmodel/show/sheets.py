"""Tables of a report beyond the odds: what each target rests on, what was not used, what the scenario says."""

from __future__ import annotations

import math
from functools import cache

import pandas as pd

from planmodel.base import messages
from planmodel.base.files import shipped
from planmodel.base.messages import label, listed_apart, text, unit_name
from planmodel.evidence.equations import scale_sd
from planmodel.evidence.observations import REASONS
from planmodel.model.model import Model, build_model
from planmodel.model.outlook import Outlook
from planmodel.plan.area import join_name, split_name
from planmodel.questions.odds.marginal import probabilities
from planmodel.scenario.scenario import Scenario
from planmodel.show.labels import name_of
from planmodel.show.voice import Voice

# The assumed spread of the parts' shares is the softest number: results are shown at half and double.
FACTORS = {"half": 0.5, "as_assumed": 1.0, "double": 2.0}

# What a scenario said and a run did not use, by its kind.
_ENTRIES = {"path": "path_of", "shock": "shock_on"}


@cache
def _translations(lang: str) -> dict[str, str]:
    """Return what the data that ships says in English, in a language; nothing if there is no file of it."""
    path = shipped("data", f"notes_{lang}.csv")
    if not path.is_file():
        return {}
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return dict(zip(frame["text"], frame[lang], strict=True))


def translated(text: str, lang: str) -> str:
    """Return a reason, or a note or source of the data, in the language; as it stands where there is no translation."""
    if text in REASONS:
        return messages.text(f"unused.{text}", lang)
    return _translations(lang).get(text, text)


def variable_name(model: Model, variable: str, lang: str = "zh") -> str:
    """Return the name of a model's variable: a level, a part's share of its whole, or the rest of GDP."""
    role = next((v.role for v in model.variables if v.name == variable), "")
    name = name_of(variable, model.plan, lang)
    return text("part_share", lang, name=name) if role == "share" else name


def foundations(outlook: Outlook, lang: str = "zh") -> pd.DataFrame:
    """Return what the equations right behind each target are: estimates, facts or assumptions.

    Columns target, equations (in words), all_assumed.
    """
    rows = []
    for quantity in outlook.model.goals.quantities:
        variables = [*quantity.weights, *([quantity.second] if quantity.second else [])]
        bases = {variable: outlook.model.evidence.basis(variable) for variable in variables}
        words = listed_apart(
            (
                text(
                    "basis.of",
                    lang,
                    name=variable_name(outlook.model, variable, lang),
                    basis=label(basis, lang),
                )
                for variable, basis in bases.items()
            ),
            lang,
        )
        rows.append((quantity.name, words, set(bases.values()) == {"assumption"}))
    return pd.DataFrame(rows, columns=["target", "equations", "all_assumed"])


def share_sensitivity(model: Model, scenario: str | Scenario = "baseline") -> pd.DataFrame:
    """Return the odds of the parts' targets at half and double the assumed spread of the parts' shares.

    Columns target, half, as_assumed, double (probabilities); a row for each target of a part.
    """
    shares = [variable.name for variable in model.variables if variable.role == "share"]
    parts = [quantity.name for quantity in model.goals.quantities if quantity.second in shares]
    result = pd.DataFrame({"target": parts})
    for name, factor in FACTORS.items():
        changed = model
        if factor != 1:
            evidence = scale_sd(model.evidence, shares, factor)
            changed = build_model(model.plan, model.as_of, evidence, model.observations, model.effects)
        odds = probabilities(changed.run(scenario))
        names = changed.goals.names
        result[name] = odds[[names.index(part) for part in parts]]
    return result


def unused(outlook: Outlook, lang: str = "zh") -> pd.DataFrame:
    """Return what was known or said and not used, in words: subject, year, value, unit, reason."""
    rows, voice = outlook.notes, Voice(outlook.plan, lang)
    rows["subject"] = [
        _subject(kind, subject, voice) for kind, subject in zip(rows["kind"], rows["subject"], strict=True)
    ]
    rows["unit"] = [voice.unit(str(unit)) for unit in rows["unit"]]
    rows["reason"] = [
        voice.say("unused.history", year=outlook.as_of) if reason == "history" else translated(reason, lang)
        for reason in rows["reason"]
    ]
    return rows.drop(columns="kind")


def _subject(kind: str, subject: str, voice: Voice) -> str:
    if kind in _ENTRIES:
        return voice.say(_ENTRIES[kind], name=voice.name(subject))
    indicator, area = split_name(subject)
    return voice.name(join_name(indicator, area if area in voice.plan.areas else ""))


def scenario_entries(scenario: Scenario, outlook: Outlook, lang: str = "zh") -> pd.DataFrame:
    """Return what a scenario says, one row an entry: kind, what, year, size, persistence."""
    plan = outlook.plan
    rows: list[tuple[str, str, str, float, float]] = []
    for (driver, year), (growth, _) in sorted(scenario.paths.items()):
        rows.append(("driver_entry", name_of(driver, plan, lang), str(year), growth, math.nan))
    for shock in scenario.shocks:
        what = variable_name(outlook.model, shock.variable, lang)
        rows.append(("shock_entry", what, str(shock.year), shock.size, shock.persistence))
    for measure, effort in scenario.measures.items():
        years = f"{outlook.as_of + 1}–{plan.target_year}"
        rows.append(("measure_entry", Voice(plan, lang).measure(measure), years, effort, math.nan))
    return pd.DataFrame(rows, columns=["kind", "what", "year", "size", "persistence"])


def _coefficient(model: Model, name: str, lang: str) -> str:
    """Return a coefficient in words, such as the correlation of two drifts."""
    kind, _, other = name.partition(":")
    if not other:
        return label(kind, lang)
    return text(f"coefficient_{kind}", lang, name=variable_name(model, other, lang))


def assumptions(outlook: Outlook, lang: str = "zh") -> pd.DataFrame:
    """Return the coefficients behind the outlook: variable, coefficient, value, sd, unit, basis, source."""
    rows = outlook.model.evidence.coefficients
    rows = rows.dropna(subset="value")
    rows["variable"] = [variable_name(outlook.model, str(name), lang) for name in rows["variable"]]
    rows["coefficient"] = [_coefficient(outlook.model, str(name), lang) for name in rows["coefficient"]]
    rows["basis"] = [label(str(basis), lang) for basis in rows["basis"]]
    rows["source"] = [translated(str(source), lang) for source in rows["source"]]
    rows["unit"] = [unit_name(str(unit), lang) for unit in rows["unit"]]
    return rows[["variable", "coefficient", "value", "sd", "unit", "basis", "source"]].reset_index(drop=True)
