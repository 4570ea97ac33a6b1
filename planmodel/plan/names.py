"""Names as a user writes them: a code of the plan, or what readers are shown for it, in either language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from planmodel.base.problems import InputError, Problem, phrase
from planmodel.plan.area import split_name
from planmodel.plan.plan import Plan

LANGUAGES = ("zh", "en")


def plain(text: str) -> str:
    """Return a name without what hands write differently: case, spaces, full- or half-width signs."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def shown_names(code: str, plan: Plan) -> list[str]:
    """Return what readers are shown for a target, quantity, driver, area or measure, in each language.

    A target has its indicator's name, too, which is enough where no other area has it.
    """
    measures = plan.measures.set_index("measure")
    if code in measures.index:
        return [str(measures.at[code, f"name_{lang}"]) for lang in LANGUAGES]
    if code in plan.areas:
        return [plan.area(code, lang) for lang in LANGUAGES]
    indicator, area = split_name(code)
    full = [plan.label(indicator, area, lang) for lang in LANGUAGES]
    return full + [plan.label(indicator, "", lang) for lang in LANGUAGES] if area else full


def resolve(written: str, known: Iterable[str], plan: Plan, place: str = "") -> str:
    """Return the code among `known` that is written, or whose name is; what is written if there is none.

    Raises
    ------
    InputError
        If the name is that of several; each is named.
    """
    codes = list(known)
    return match(written, {code: shown_names(code, plan) for code in codes}, place)


def match(written: str, names: Mapping[str, Iterable[str]], place: str = "") -> str:
    """Return the key that is written, or that has the name that is written; what is written if there is none.

    Raises
    ------
    InputError
        If several have the name.
    """
    if written in names:
        return written
    wanted = plain(written)
    found = [code for code, shown in names.items() if wanted in map(plain, shown)]
    if len(found) > 1:
        expected = phrase("expected.one_of", names=", ".join(found))
        raise InputError([Problem(place or "names", "", repr(written), expected)])
    return found[0] if found else written
