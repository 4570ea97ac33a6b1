"""Why a question has no meaning for an outlook: said in one sentence instead of an error."""

from __future__ import annotations

from planmodel.base.messages import count, text
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
    lang : str
    open_year : bool
        The question is about years that are still open.
    drivers : int
        It needs at least so many drivers.
    stress, measures, parts, figures, reference : bool
        It needs stress stories, measures with an effect, targets for a part of a whole, figures that the document
        announces, or a reference class.
    """
    plan, has = outlook.plan, len(plan_drivers(outlook.plan))
    for lacking, key in (
        (open_year and outlook.as_of >= plan.target_year, "unasked.no_year"),
        (stress and not stories(plan), "unasked.stress"),
        (measures and outlook.model.effects.empty, "unasked.measures"),
        (parts and not len(_parts(outlook)), "unasked.parts"),
        (figures and not plan.meta.get("figures"), "unasked.figures"),
        (reference and not _references(outlook), "unasked.reference"),
    ):
        if lacking:
            return text(key, lang, as_of=outlook.as_of)
    if has < drivers:
        return count("unasked.few_drivers" if has else "unasked.no_driver", drivers, lang, has=has)
    return ""


def _parts(outlook: Outlook) -> list[str]:
    targets = outlook.plan.targets
    return list(targets.loc[(targets["part_of"] != "") & (targets["kind"] != "ratio"), "name"])


def _references(outlook: Outlook) -> list[str]:
    evidence = outlook.model.evidence
    return [name for name in outlook.plan.targets["name"] if evidence.reference_variable(name)]
