"""A new plan folder to start from: three made-up targets that the user replaces by their own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from planmodel.base.problems import InputError, Problem, phrase

_PLAN = """\
# An example to be replaced: none of these numbers comes from a document.
plan: {name}
title: {{zh: 示例规划, en: Example plan}}
base_year: 2025
target_year: 2030
areas:
  whole: {{zh: 全区, en: Whole area}}
  core: {{zh: 核心区, en: Core area, part_of: whole}}
ratios:
  # The share of GDP: the model treats GDP as the numerator plus the rest.
  finance_share: {{numerator: finance, denominator: gdp, denominator_area: whole}}
quantities:
  gdp: {{zh: 地区生产总值, en: GDP, unit: 亿元}}
"""

_TARGETS = """\
indicator,area,unit,kind,part_of,base_year,base,base_step,base_bound,target_year,target,target_form,direction,obligation,price,name_zh,name_en,locator
finance,whole,亿元,level,,2025,100.0,0.1,exact,2030,140,level,at_least,预期性,current,金融业增加值,Financial value added,example
finance,core,亿元,level,whole,2025,60.0,0.1,exact,2030,90,level,at_least,预期性,current,金融业增加值,Financial value added,example
finance_share,whole,%,ratio,,2025,10.0,0.1,exact,2030,11,level,at_least,预期性,current,金融业增加值占GDP比重,Financial value added over GDP,example
"""

_FACTS = """\
fact,indicator,area,year,since,form,of,value,unit,step,bound,name_zh,name_en,locator,note
finance_growth,finance,whole,2025,2020,growth,,50.0,%,0.1,exact,金融业增加值增长,Growth of financial value added,example,
"""

_MEASURES = "measure,kind,system,number,name_zh,name_en,variables,locator\n"

_BASELINE = """\
title: {zh: 基准情景, en: Baseline}
severity: baseline
"""


def new_plan(folder: Path) -> None:
    """Write a plan folder that can be loaded, audited and run as it is.

    It appears whole or not at all.

    Raises
    ------
    InputError
        If the folder exists and is not empty, or its parent does not exist.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            [Problem(str(folder), "", phrase("found.something_here"), phrase("expected.new_folder"))]
        )
    if not folder.absolute().parent.is_dir():
        raise InputError(
            [Problem(str(folder), "", phrase("found.no_parent"), phrase("expected.folder_inside"))]
        )
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in folder.name.lower()) or "plan"
    with tempfile.TemporaryDirectory(dir=folder.absolute().parent) as made:
        inside = Path(made) / "plan"
        (inside / "scenarios").mkdir(parents=True)
        for file, text in (
            ("plan.yaml", _PLAN.format(name=name)),
            ("targets.csv", _TARGETS),
            ("facts.csv", _FACTS),
            ("measures.csv", _MEASURES),
            ("scenarios/baseline.yaml", _BASELINE),
        ):
            (inside / file).write_text(text, encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        inside.replace(folder)
