"""Labels that no plan gives: one word or phrase a key, in both languages, as labels.csv has them."""

from __future__ import annotations

from functools import cache

import pandas as pd

from planmodel.base.files import shipped
from planmodel.base.frames import rows_of

LANGUAGES = ("zh", "en")


@cache
def _labels() -> dict[str, dict[str, str]]:
    frame = pd.read_csv(shipped("data", "labels.csv"), dtype=str, keep_default_na=False)
    return {row["key"]: {lang: row[lang] for lang in LANGUAGES} for row in rows_of(frame)}


def label(key: str, lang: str = "zh") -> str:
    """Return the word for `key` in Chinese (`zh`) or English (`en`); the key itself if it has none."""
    words = _labels().get(key)
    return words[lang] if words else key


def unit_name(unit: str, lang: str = "zh") -> str:
    """Return a unit as it is written in a language, e.g. 亿元 as 100m yuan."""
    return label(unit, lang)
