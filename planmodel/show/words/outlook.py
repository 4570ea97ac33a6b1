"""The outlook in sentences; every figure in them is computed."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import count, paragraph, text
from planmodel.base.units import conversion_factor, convertible
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.plan.ratio import SCALE, Ratio
from planmodel.plan.target import Target
from planmodel.plan.variables import plan_quantities
from planmodel.questions.odds.bounds import DRAWS
from planmodel.questions.odds.joint import joint
from planmodel.questions.odds.marginal import reach
from planmodel.questions.odds.verdicts import verdict
from planmodel.show.charts.fans import fan_points
from planmodel.show.labels import level, percent
from planmodel.show.sheets import foundations, translated
from planmodel.show.titles import title_with_severity
from planmodel.show.voice import Voice
from planmodel.show.words.plausibility import acting_words, plausibility_words
from planmodel.show.words.updates import moved_words

# From here on a need is called far above a target: ten per cent.
FAR_ABOVE = 1.1


def question(outlook: Outlook, lang: str = "zh") -> str:
    """Return the question that a report answers."""
    plan = outlook.plan
    return count(
        "question.reach",
        len(plan.targets),
        lang,
        title=plan.title(lang),
        year=plan.target_year,
        heading=outlook.scenario.heading(lang),
        as_of=outlook.as_of,
    )


def summary(outlook: Outlook, lang: str = "zh", draws: int = DRAWS, seed: int = 0) -> list[str]:
    """Return the answer in sentences: odds, verdicts, what they rest on, what was not used."""
    return [
        *together_words(joint(outlook, draws=draws, seed=seed), outlook.plan, lang),
        *verdict_words(reach(outlook, draws, seed), outlook.plan, lang),
        *ratio_words(outlook, lang),
        *moved_words(outlook, lang),
        *assumption_words(outlook, lang),
        *unused_words(outlook, lang),
    ]


def together_words(odds: pd.DataFrame, plan: Plan, lang: str = "zh") -> list[str]:
    """Return how many targets are expected and the odds that they are reached together."""
    voice, row, spoken = Voice(plan, lang), odds.iloc[0], _spoken(plan)
    n, silent = len(spoken), len(plan.targets) - len(spoken)
    said = {
        "expected": f"{row['expected']:.1f}",
        "k": f"{row['k']:.0f}",
        "several": percent(row["at_least"], row["at_least_standard_error"], row["draws"]),
    }
    first = (
        voice.count("together.expected_silent", silent, targets=n, **said)
        if silent
        else voice.say("together.expected", n=n, **said)
    )
    every = percent(row["all"], row["standard_error"], row["draws"])
    whole = percent(row["indicators_all"], row["indicators_all_standard_error"], row["draws"])
    return [first, _all_sentence(every, whole, voice)]


def _spoken(plan: Plan) -> pd.DataFrame:
    """Return the rows of the targets that the odds are about: those that the model has a quantity for."""
    known = [quantity.name for quantity in plan_quantities(plan, {})]
    return plan.targets[plan.targets["name"].isin(known)]


def _all_sentence(every: str, whole: str, voice: Voice) -> str:
    """Say how likely all targets are, and those that are no part of another; of these nothing where that is all."""
    spoken = _spoken(voice.plan)
    headline = spoken[spoken["part_of"] == ""]
    if len(headline) == len(spoken):
        return voice.say("together.all", n=len(spoken), every=every)
    areas = list(dict.fromkeys(headline["area"]))
    one = len(areas) == 1
    return voice.say(
        "together.all_of_area" if one else "together.all_no_parts",
        n=len(spoken),
        every=every,
        headline=len(headline),
        whole=whole,
        **({"area": voice.area(areas[0])} if one else {}),
    )


def verdict_words(reached: pd.DataFrame, plan: Plan, lang: str = "zh") -> list[str]:
    """Return which targets are safe, open and out of reach."""
    voice, verdicts = Voice(plan, lang), reached["probability"].map(verdict)
    sentences = []
    for key in ("safe", "open", "out_of_reach", "no_base"):
        chosen = list(reached.loc[verdicts == key, "target"])
        if chosen or key != "no_base":
            listed = voice.names(chosen) or voice.say("names.none")
            sentences.append(voice.say(f"verdicts.{key}", n=len(chosen), names=listed))
    return [*sentences, voice.say("verdicts.our_own")]


def ratio_words(outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return what each target for a ratio means for its numerator, given the denominator observed so far."""
    known = {quantity.name for quantity in outlook.quantities}
    sentences: list[str] = []
    for target in outlook.plan.by_name.values():
        ratio = target.ratio
        # Where a base is not stated the model has no denominator to speak of.
        if ratio is not None and ratio.denominator in known and target.at_least:
            sentences += _ratio_sentence(outlook, target, ratio, lang)
    return sentences


def _ratio_sentence(outlook: Outlook, target: Target, ratio: Ratio, lang: str) -> list[str]:
    plan, numerator, voice = outlook.plan, outlook.plan.by_name[ratio.numerator], Voice(outlook.plan, lang)
    points = fan_points(outlook, ratio.denominator)
    seen = points[points["kind"] == "observed"]
    if not len(seen):
        return []
    year, value = int(seen["year"].iloc[-1]), float(seen["value"].iloc[-1])
    later = outlook.median(outlook.quantity(ratio.denominator), plan.target_year)
    share, wanted = target.threshold, numerator.threshold
    now, then = share / SCALE * value, share / SCALE * later
    already = "already_" if now > wanted else ""
    more = "far_more" if then > FAR_ABOVE * wanted else ("more" if then > wanted else "no_more")
    return [
        voice.say(
            f"ratio.{already}{more}",
            year=year,
            value=level(value),
            share=f"{share:g}",
            now=f"{now:.0f}",
            wanted=level(wanted),
            target_year=plan.target_year,
            then=f"{then:.0f}",
            later=level(later),
            unit=voice.unit(numerator.unit),
            whole=voice.name(ratio.denominator),
            part=voice.name(numerator.name),
        )
    ]


def assumption_words(outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return which targets rest on assumptions alone."""
    rows = foundations(outlook, lang)
    chosen = list(rows.loc[rows["all_assumed"], "target"])
    if not chosen:
        return []
    return [text("assumed.alone", lang, n=len(chosen), names=Voice(outlook.plan, lang).names(chosen))]


def unused_words(outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return how much was known and not used, and which of it would have decided a target at face value."""
    if not len(outlook.notes):
        return []
    voice = Voice(outlook.plan, lang)
    decisive = [_decisive_sentence(row, voice) for row in rows_of(_decisive(outlook))]
    return [voice.count("unused.count", len(outlook.notes)), *decisive]


def _decisive(outlook: Outlook) -> pd.DataFrame:
    """Return, by target, the first unused full-year level that would have met it."""
    targets = outlook.plan.by_name
    rows = outlook.notes
    figures = (rows["kind"] == "observation") & rows["subject"].isin(list(targets))
    rows = rows[figures & (rows["year"] > outlook.plan.base_year)]
    kept = [
        target.at_least
        and convertible(note["unit"], target.unit)
        and note["value"] * conversion_factor(note["unit"], target.unit) > target.threshold
        for note in rows_of(rows)
        for target in [targets[note["subject"]]]
    ]
    return rows[kept].drop_duplicates("subject")


def _decisive_sentence(row: dict[str, object], voice: Voice) -> str:
    return voice.say(
        "unused.decisive",
        name=voice.name(str(row["subject"])),
        year=row["year"],
        value=level(float(str(row["value"]))),
        unit=voice.unit(str(row["unit"])),
        reason=translated(str(row["reason"]), voice.lang).rstrip("。."),
    )


def bullets(sentences: Iterable[str]) -> str:
    """Return sentences as a Markdown list."""
    return "\n".join(f"- {sentence}" for sentence in sentences)


def growth_note(outlook: Outlook, lang: str = "zh") -> str:
    """Return how the table of growth is to be read."""
    return text("growth.note", lang, since=outlook.plan.base_year)


def sensitivity_note(lang: str = "zh") -> str:
    """Return what the table of sensitivity to the parts' shares shows."""
    return text("sensitivity.note", lang)


def scenario_words(outlook: Outlook, lang: str = "zh") -> str:
    """Return a scenario's title, severity, description and plausibility; its entries follow in a table."""
    scenario = outlook.scenario
    entries = len(scenario.paths) + len(scenario.shocks) + len(scenario.measures)
    rest = plausibility_words(outlook, lang) if entries else text("scenario.empty", lang)
    title = text("scenario.title", lang, title=title_with_severity(scenario, lang))
    return paragraph([title, scenario.text(lang), acting_words(scenario, outlook.as_of, lang), rest], lang)
