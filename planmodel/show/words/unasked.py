"""Why a question has no meaning for an outlook: said in one sentence, in Chinese or English, instead of an error."""

from __future__ import annotations

from planmodel.model.outlook import Outlook
from planmodel.plan.variables import plan_drivers
from planmodel.questions.stress.severities import stories


def unasked_words(  # noqa: PLR0913 - a flag, by name, for each thing that a question may need
    outlook: Outlook,
    lang: str = "zh",
    *,
    open_year: bool = False,
    drivers: int = 0,
    stress: bool = False,
    measures: bool = False,
    parts: bool = False,
    figures: bool = False,
    reference: bool = False,
) -> str:
    """Return why a question has no meaning for an outlook, in a sentence; nothing if it has one.

    Parameters
    ----------
    outlook : Outlook
    lang : {"zh", "en"}
    open_year : bool
        The question is about years that are still open.
    drivers : int
        It needs at least so many drivers.
    stress, measures, parts, figures, reference : bool
        It needs stress stories, measures with an effect, targets for a part of a whole, figures that the document
        announces, or a reference class.
    """
    has = len(plan_drivers(outlook.plan))
    for lacking, words in (
        (open_year and outlook.as_of >= outlook.plan.target_year, _no_year(outlook, lang)),
        (stress and not stories(outlook.plan), _none("压力情景", "stress story", lang)),
        (measures and outlook.model.effects.empty, _none("写明效果的举措", "measure with an effect", lang)),
        (
            parts and not len(_parts(outlook)),
            _none("针对某一部分的目标", "target for a part of a whole", lang),
        ),
        (
            figures and not outlook.plan.meta.get("figures"),
            _none("预告的图", "figure that it announces", lang),
        ),
        (reference and not _references(outlook), _none("参照组", "reference class", lang)),
        (has < drivers, _few_drivers(has, drivers, lang)),
    ):
        if lacking:
            return words
    return ""


def _parts(outlook: Outlook) -> list[str]:
    targets = outlook.plan.targets
    return list(targets.loc[(targets["part_of"] != "") & (targets["kind"] != "ratio"), "name"])


def _references(outlook: Outlook) -> list[str]:
    evidence = outlook.model.evidence
    return [name for name in outlook.plan.targets["name"] if evidence.reference_variable(name)]


def _no_year(outlook: Outlook, lang: str) -> str:
    if lang == "zh":
        return f"截至 {outlook.as_of} 年，规划期已没有未定的年份，此问不再适用。"
    return f"As of {outlook.as_of} no year of the plan is open: the question does not apply any more."


def _none(zh: str, en: str, lang: str) -> str:
    return (
        f"本规划没有{zh}，此问不适用。"
        if lang == "zh"
        else f"The plan has no {en}: the question does not apply."
    )


def _few_drivers(has: int, needed: int, lang: str) -> str:
    if lang == "zh":
        found = f"只有 {has} 个" if has else "没有"
        return f"此问需要至少 {needed} 个驱动因素，本规划{found}。"
    found = f"has {has}" if has else "has none"
    return f"The question needs at least {needed} driver{'s' if needed > 1 else ''}; the plan {found}."
