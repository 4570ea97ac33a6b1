"""The cheapest mix of measures in sentences; every figure in them is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import text
from planmodel.model.model import Model
from planmodel.plan.area import name_in
from planmodel.questions.needs.mix_result import Answer, Mix
from planmodel.show.labels import level, percent, signed
from planmodel.show.voice import Voice

# So many targets are named in a sentence; more are counted.
_MOST_NAMED = 3

# A target that the mix was not asked for is named if its odds fall by more than this.
_FALL = 0.005


def mix_words(mix: Mix, lang: str = "zh") -> list[str]:
    """Return what the mix is, what it falls short of, what it does to the odds, and what it rests on."""
    answer = mix.answer
    voice = Voice(answer.outlook.plan, lang)
    return [
        *([_mix_sentence(mix, voice)] if mix.feasible else _short_sentences(mix, voice)),
        *_joint_sentence(answer, voice),
        *_side_effects(answer, voice),
        *_foundations(mix, voice),
    ]


def used_measures(mix: Mix, lang: str = "zh") -> pd.DataFrame:
    """Return the measures that a mix uses, as texts: measure, system, intensity, cost."""
    rows = mix[mix["intensity"] > mix["already"]]
    voice = Voice(mix.answer.outlook.plan, lang)
    return pd.DataFrame(
        {
            voice.label("measure"): [name_in(row, lang) for row in rows_of(rows)],
            voice.label("system"): [
                voice.system(kind, system) for kind, system in zip(rows["kind"], rows["system"], strict=True)
            ],
            voice.label("intensity"): [f"{z:.2f}" for z in rows["intensity"]],
            voice.label("cost"): [level(float(f"{cost:.3g}")) for cost in rows["cost"]],
        }
    )


def _measures(mix: Mix, voice: Voice) -> str:
    rows = mix[mix["intensity"] > mix["already"]].sort_values("intensity", ascending=False, kind="stable")
    listed = (
        voice.say("value_of", name=name_in(row, voice.lang), value=f"{row['intensity']:.2f}")
        for row in rows_of(rows)
    )
    return voice.say("list_names").join(listed)


def _chosen(mix: Mix, voice: Voice) -> str:
    """Return the chosen targets by name, or their number where they are many."""
    n = len(mix.targets)
    return voice.names(mix.targets["target"]) if n <= _MOST_NAMED else voice.say("mix.chosen", n=n)


def _mix_sentence(mix: Mix, voice: Voice) -> str:
    used = int((mix["intensity"] > mix["already"]).sum())
    asked = {
        "heading": mix.answer.outlook.scenario.heading(voice.lang),
        "chosen": _chosen(mix, voice),
        "aim": f"{100 * mix.answer.probability:g}",
    }
    if not used:
        return voice.say("mix.not_needed", **asked)
    key = "mix.uses" if len(mix.targets) == 1 else "mix.uses_each"
    return voice.count(key, used, cost=f"{mix.total_cost:.2f}", measures=_measures(mix, voice), **asked)


def _short_sentences(mix: Mix, voice: Voice) -> list[str]:
    answer = mix.answer
    missing = mix.targets[~mix.targets["holds"]].sort_values("shortfall", ascending=False)
    # Of one target the nearest mix says it already.
    hopeless = missing[(missing["alone"] < answer.probability) & (len(mix.targets) > 1)]
    sentences = [
        voice.say(
            "mix.short" if len(mix.targets) == 1 else "mix.short_each",
            aim=f"{100 * answer.probability:g}",
            chosen=_chosen(mix, voice),
            cost=f"{mix.total_cost:.2f}",
            n=len(missing),
            listed=_listed(missing, "shortfall", voice),
        )
    ]
    if len(hopeless):
        sentences.append(voice.say("mix.hopeless", n=len(hopeless), listed=_listed(hopeless, "alone", voice)))
    return sentences


def _listed(rows: pd.DataFrame, column: str, voice: Voice) -> str:
    texts = []
    for row in rows_of(rows):
        value = row[column]
        number = percent(value) if column == "alone" else f"{value:.1f}%"
        texts.append(voice.say("value_of", name=voice.name(row["target"]), value=number))
    return voice.listed_apart(texts)


def _joint_sentence(answer: Answer, voice: Voice) -> list[str]:
    row = answer.joint.iloc[0]
    if len(answer.targets) == 1:
        return []
    before, after = (
        percent(row[name], row[f"{name}_standard_error"], row["draws"]) for name in ("before", "after")
    )
    return [voice.say("mix.joint", before=before, after=after)]


def _side_effects(answer: Answer, voice: Voice) -> list[str]:
    others = answer.others
    worse = others[others["after"] < others["before"] - _FALL]
    if not len(worse):
        return []
    listed = voice.listed_apart(
        voice.say(
            "value_of",
            name=voice.name(row["target"]),
            value=f"{percent(row['before'])} → {percent(row['after'])}",
        )
        for row in rows_of(worse)
    )
    return [voice.say("mix.lowers", listed=listed)]


def _foundations(mix: Mix, voice: Voice) -> list[str]:
    """Say that the answer rests on assumed effects and costs, and where the assumptions tell measures apart."""
    answer = mix.answer
    effects = answer.outlook.model.effects
    effects = effects[effects["measure"].isin(mix["measure"])]
    n, assumed = len(effects), int((effects["basis"] == "assumption").sum())
    alike = len(effects[["effect", "sd", "years_to_full"]].drop_duplicates()) == 1
    alike &= len(set(mix.unit_costs.values())) == 1
    part, costs = "all" if assumed == n else "part", "all_costs" if answer.assumed_costs else "other_costs"
    sentences = [voice.say(f"mix.{part}_assumed_with_{costs}", n=n, assumed=assumed)]
    return [*sentences, voice.say("mix.alike")] if alike else sentences


def effect_words(model: Model, measures: Iterable[str] | None = None, lang: str = "zh") -> str:
    """Return what the effects of measures are: how many, on what basis, and whether they differ at all.

    Of every measure that has an effect, unless `measures` are named.
    """
    effects = model.effects
    if measures is not None:
        effects = effects[effects["measure"].isin(list(measures))]
    if effects.empty:
        return text("effects.none", lang)
    alike = len(effects[["effect", "sd"]].drop_duplicates()) == 1
    return text(
        "effects.alike" if alike else "effects.differ",
        lang,
        measures=effects["measure"].nunique(),
        n=len(effects),
        assumed=int((effects["basis"] == "assumption").sum()),
        low=signed(f"{float(effects['effect'].min()):g}"),
        high=signed(f"{float(effects['effect'].max()):g}"),
        sd=f"{float(effects['sd'].iloc[0]):g}",
    )


def stability_words(table: pd.DataFrame, lang: str = "zh") -> str:
    """Return how much a mix changes when its assumptions do: `table` is what `mix_stability` returns."""
    used = table[table["intensity"] > 0]
    if not len(used):
        return text("stability.no_measure", lang)
    half, double = ((used[case] - used["intensity"]).abs().max() for case in ("sd_half", "sd_double"))
    # Where no mix is enough, there are no intensities.
    halved, doubled = ("none" if math.isnan(moved) else "moves" for moved in (half, double))
    return text(
        f"stability.{halved}_{doubled}",
        lang,
        half=f"{half:.2f}",
        double=f"{double:.2f}",
        out=int((used["cost_double"] == 0).sum()),
        n=len(used),
    )
