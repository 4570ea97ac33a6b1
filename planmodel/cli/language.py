"""Which language the command speaks: the one asked for, else the environment's, else the plan's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from planmodel.base.messages import ENGLISH, WHOLE, catalogue, lacking, languages, text
from planmodel.base.problems import InputError, Problem, nearest, phrase

if TYPE_CHECKING:
    from planmodel.plan.plan import Plan

OPTION = "--lang"
# In the order in which gettext asks them.
VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
CHINESE = WHOLE[0]
# What a command asks about where no plan is named, and its language: help need not open it.
SHIPPED_PLAN, SHIPPED_LANGUAGE = "jiangbei", CHINESE


def asked_language(line: Sequence[str]) -> str:
    """Return what the last `--lang` of a command line says, wherever it stands; empty if it is not there.

    It is read before the rest of the line, so that help, and what is said of a line that is wrong, speak it. As for
    every option, its first letters are enough.

    Raises
    ------
    InputError
        If there is no catalogue of it, with the nearest language that there is one of.
    """
    asked = ""
    for part, following in pairwise([*line, "-"]):
        name, equals, value = part.partition("=")
        if len(name) > len("--") and OPTION.startswith(name) and (equals or not following.startswith("-")):
            asked = value if equals else following
            _check(asked)
    return asked


def _check(lang: str) -> None:
    known = languages()
    if lang not in known:
        expected = phrase("expected.one_of", names=", ".join(known))
        raise InputError([Problem(OPTION, "", repr(lang), expected, nearest(lang, known))])


def environment_language(environment: Mapping[str, str]) -> str:
    """Return the first language with a catalogue that the environment names, e.g. zh of ``zh_CN.UTF-8``; or nothing."""
    for variable in VARIABLES:
        for locale in environment.get(variable, "").split(":"):
            lang = re.split(r"[_.@]", locale)[0].lower()
            if lang in languages():
                return lang
    return ""


def plan_language(plan: Plan) -> str:
    """Return the language of a plan's document: Chinese where its title in Chinese has a Chinese character."""
    return CHINESE if re.search(r"[\u4e00-\u9fff]", plan.title(CHINESE)) else ENGLISH


def completeness(lang: str) -> str:
    """Return how much of a language there is, in one line."""
    total = len(catalogue(ENGLISH))
    return text("cli.partly", lang, lang=lang, said=f"{total - len(lacking(lang)):,}", total=f"{total:,}")
