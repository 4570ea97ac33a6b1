"""Are we on track, in sentences and tables for people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import ENGLISH, label, text
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.questions.track.revision import BEHIND, NEAR_CERTAIN, UNLIKELY
from planmodel.questions.track.schemes import SCHEMES, class_bound, class_rank, on_track
from planmodel.questions.track.scoreboards import FROM_OUTLOOK, class_odds, observed_levels
from planmodel.show.labels import growth, level, percent
from planmodel.show.sheets import translated
from planmodel.show.voice import Voice
from planmodel.show.words.outlook import unused_words

# More likely than not.
EVEN = 0.5


# The schemes that `schemes_measures` speaks of.
NAMED = {"cn_schedule", "escap", "eurostat", "sdsn", "statcan", "unsd"}

# The largest number with a word of its own.
LAST_IN_WORDS = 10


def track_words(outlook: Outlook, revised: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return the answer to "are we on track": what was observed, what the schemes would say, what to revise.

    `revised` is what `planmodel.revisions` returns.
    """
    return [
        *observation_words(outlook, lang),
        *scheme_words(outlook, lang),
        *revision_words(revised, outlook.plan, lang),
    ]


def observation_words(outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return which targets have a comparable observation, and which figures were not used and why."""
    plan, observed, voice = outlook.plan, observed_levels(outlook), Voice(outlook.plan, lang)
    targets = list(plan.targets["name"])
    seen = [name for name in targets if name in observed]
    said = {"as_of": outlook.as_of, "targets": len(targets)}
    first = (
        voice.count("observed.some", len(seen), names=voice.names(seen), **said)
        if seen
        else voice.say("observed.none", **said)
    )
    areas = {quantity.name: quantity.area for quantity in outlook.quantities}
    others = [name for name in observed if name not in targets and areas[name] in plan.areas]
    sentences = [first, *(_other_words(name, observed[name], voice) for name in others)]
    # The first of these only counts the others and refers to the report's table.
    return [*sentences, *unused_words(outlook, lang)[1:]]


def _other_words(name: str, figures: dict[int, float], voice: Voice) -> str:
    """Say what was observed of a quantity that is no target itself, such as GDP."""
    years, last = voice.listed(str(year) for year in sorted(figures)), level(figures[max(figures)])
    return voice.say("observed.no_target", name=voice.name(name), years=years, last=last)


def median_classes(odds: pd.DataFrame) -> pd.DataFrame:
    """Return the class of the outlook's median for each target and scheme, from what `class_odds` returns.

    Not the likeliest class: "behind" is one wide class where "ahead" is cut into three. Columns target, scheme,
    code, basis (of `class_odds`: a class that rests on the outlook is likely and no verdict), on_track (odds that
    the scheme would call the target on track or better).
    """
    keys = ["target", "scheme"]
    reached = odds.groupby(keys, sort=False)["probability"].cumsum() >= EVEN
    middle = odds.loc[reached, [*keys, "code", "basis"]].drop_duplicates(keys)
    good = np.array([on_track(*pair) for pair in zip(odds["scheme"], odds["code"], strict=True)], dtype=bool)
    sums = odds["probability"].where(good, 0.0).groupby([odds["target"], odds["scheme"]]).sum()
    found = sums.reindex(pd.MultiIndex.from_frame(middle[keys])).to_numpy()
    return middle.assign(on_track=found).reset_index(drop=True)


def scheme_cells(board: pd.DataFrame) -> pd.DataFrame:
    """Return a scoreboard as one row a target and scheme: target, basis, scheme, code."""
    return board.melt(["target", "basis"], list(SCHEMES), var_name="scheme", value_name="code")


def class_name(scheme: str, code: str, lang: str = "zh") -> str:
    """Return a class in words, e.g. `behind` of cn_schedule as 滞后; the code itself if it is none."""
    key = f"scheme.{scheme}.{code}"
    named = label(key, lang)
    return code if named == key else named


def class_words(scheme: str, code: str, basis: str, lang: str = "zh") -> str:
    """Return a class in words; one that rests on the outlook and not on a figure says that it is only likely."""
    name = label(class_name(scheme, code, lang), lang)
    likely = basis in FROM_OUTLOOK and not np.isnan(class_rank(scheme, code))
    return text("likely_class", lang, name=name) if likely else name


def shown_board(board: pd.DataFrame, lang: str = "zh") -> pd.DataFrame:
    """Return a scoreboard with each scheme's class in words, ready for `planmodel.show.labels.sheet`.

    A class of the outlook's median is called likely.
    """
    result = board.copy()
    for scheme in SCHEMES:
        pairs = zip(board[scheme], board["basis"], strict=True)
        result[scheme] = [class_words(scheme, code, basis, lang) for code, basis in pairs]
    return result


def likely_words(board: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return what a likely class of a scoreboard is, if it has one."""
    return [label("likely_note", lang)] if board["basis"].isin(FROM_OUTLOOK).any() else []


def scheme_words(outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return what the schemes would say of the values that the outlook expects, and where they part."""
    odds = class_odds(outlook)
    if not len(odds):
        return []
    year, voice = int(odds["year"].iloc[0]), Voice(outlook.plan, lang)
    chances = median_classes(odds).groupby("target", sort=False)["on_track"].agg(["min", "max"])
    good = [str(name) for name in chances.index[chances["min"] > EVEN]]
    bad = [str(name) for name in chances.index[chances["max"] < EVEN]]
    split = [str(name) for name in chances.index if name not in {*good, *bad}]
    groups = {"schemes_on_track": good, "schemes_behind": bad, "schemes_split": split}
    judged = [
        voice.say(key, n=len(group), year=year, names=voice.names(group), count=_in_words(len(SCHEMES), lang))
        for key, group in groups.items()
        if group
    ]
    ahead, on_schedule = (f"{class_bound('cn_schedule', code):g}" for code in ("ahead", "on_schedule"))
    measures = voice.say("schemes_measures") if set(SCHEMES) == NAMED else ""
    bounds = voice.say("schemes_bounds", ahead=ahead, on_schedule=on_schedule)
    return [*judged, voice.paragraph([measures, bounds])]


def _in_words(number: int, lang: str) -> str:
    """Return a small number as a word, a larger one in digits."""
    return text(f"number.{number}", lang) if number <= LAST_IN_WORDS else f"{number}"


def revision_words(revised: pd.DataFrame, plan: Plan, lang: str = "zh") -> list[str]:
    """Return what the revision rule says as of the last year, and what the plan itself says about changing targets.

    `revised` is what `planmodel.revisions` returns.
    """
    voice, last = Voice(plan, lang), revised[revised["as_of"] == revised["as_of"].max()]
    sentences = [_flag_sentence(row, voice) for row in rows_of(last[last["flag"] != "keep"])]
    if not sentences:
        return [voice.say("revision.none")]
    return [*sentences, _rule_sentence(lang), *_plan_sentences(last, voice)]


def _flag_sentence(row: dict[str, Any], voice: Voice) -> str:
    target, since = voice.plan.by_name[row["target"]], row["latest_year"]
    said = {
        "name": voice.name(row["target"]),
        "verdict": voice.label(row["flag"]),
        "odds": percent(row["probability"]),
        "year": voice.plan.target_year,
        "level": voice.level(level(row["even_odds"]), target.unit),
        "average": growth(row["average_rate"]),
    }
    if since <= target.base_year:
        return voice.say("revision.flag", **said)
    return voice.say("revision.flag_observed", **said, since=since, onwards=growth(row["remaining_rate"]))


def _rule_sentence(lang: str) -> str:
    low, high, behind = f"{100 * UNLIKELY:.0f}", f"{100 * NEAR_CERTAIN:.0f}", f"{BEHIND:g}"
    return text("revision.rule", lang, low=low, high=high, behind=behind)


def _plan_sentences(last: pd.DataFrame, voice: Voice) -> list[str]:
    """Return what the plan itself says: which flagged targets it calls binding, and how targets may be changed."""
    plan = voice.plan
    binding = plan.targets.loc[plan.targets["obligation"] == "约束性", "name"]
    fixed = list(last.loc[(last["flag"] != "keep") & last["target"].isin(binding), "target"])
    rule = plan.revision_rule
    quoted = rule.get(voice.lang, rule.get(ENGLISH, ""))
    place = translated(rule.get("locator", ""), voice.lang)
    said = [voice.say("binding_words", text=voice.names(fixed))] if fixed else []
    return said + ([voice.say("revision_quote", text=quoted, place=place)] if quoted else [])
