"""Broken observations, equations and effects: what is said, where, all at once, and nothing is written."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from broken_files import (
    FILES,
    OBS,
    OBSERVATIONS,
    Case,
    F,
    S,
    T,
    check_explained,
    everything_wrong_with,
    listing,
    read_everything,
    swap,
    write,
)
from conftest import equations, write_plan

import planmodel as pm
from planmodel.base.files import shipped
from planmodel.base.problems import Problem

CASES = [
    # Observations.
    Case(
        "obs_unknown_variable",
        OBS,
        swap("\ngdp", "\ngpd"),
        ("line 2, column variable", "'gpd'", "Did you mean 'gdp'?"),
    ),
    Case(
        "obs_unknown_unit",
        OBS,
        swap("520,亿元", "520,亿园"),
        ("line 2, column unit", "'亿园'", "Did you mean '亿元'?"),
    ),
    Case(
        "obs_other_dimension",
        OBS,
        swap("520,亿元", "520,家"),
        ("line 2, column unit", "'家'", "a unit of gdp, such as 亿元"),
    ),
    Case(
        "obs_unknown_area",
        OBS,
        swap("gdp,town", "gdp,tovn"),
        ("line 2, column area", "'tovn'", "Did you mean 'town'?"),
    ),
    *(
        Case(
            f"obs_driver_growth_{value}",
            OBS,
            swap("8.1,%", f"{value},%"),
            ("line 4, column value", f"found {value}", "growth above -100 %"),
        )
        for value in ("-100", "-250")
    ),
    Case(
        "obs_share_zero",
        OBS,
        swap("gdp,town,2021,520,亿元", "value_added_share,town,2021,0,%"),
        ("found 0,", "a share"),
    ),
    Case("obs_negative", OBS, swap(",520,", ",-520,"), ("line 2, column value", "-520", "a level above 0")),
    Case(
        "obs_share_over_100",
        OBS,
        lambda t: t + "value_added_share,town,2021,120,%,exact,,yes,A,bureau,\n",
        ("line 5, column value", "120", "a share between 0 and 100 %"),
    ),
    Case(
        "obs_twice",
        OBS,
        lambda t: t + "gdp,town,2021,530,亿元,exact,,yes,A,bureau,\n",
        ("line 5", "gdp 2021 again (first in line 2)", "one comparable figure a year"),
    ),
    Case(
        "obs_about_without_sd",
        OBS,
        swap(",0.5,", ",,"),
        ("line 4, column sd", "nothing", "standard deviation"),
    ),
    Case("obs_negative_sd", OBS, swap(",0.5,", ",-0.5,"), ("line 4, column sd", "-0.5", "from 0")),
    Case(
        "obs_year",
        OBS,
        swap(",2021,520", ",20211,520"),
        ("line 2, column year", "'20211'", "from 1900 to 2200"),
    ),
    Case(
        "obs_bound",
        OBS,
        swap("at_least", "atleast"),
        ("line 3, column bound", "'atleast'", "Did you mean 'at_least'?"),
    ),
    Case("obs_grade", OBS, swap("yes,B,", "yes,Z,"), ("line 3, column grade", "'Z'", "one of: A")),
    Case("obs_gbk", OBS, lambda t: t.encode("gbk"), ("line 2", "byte 0x", "UTF-8")),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_broken_table_of_observations_is_explained(tmp_path: Path, case: Case) -> None:
    """The error names file, place, what was found and expected, and the nearest name; nothing is written."""
    check_explained(tmp_path, case)


EQUATIONS = "variable,coefficient,value,sd,unit,estimate,basis,source,note\n"


@pytest.mark.parametrize(
    "unit, words",
    [
        ("家", ("city_gdp, base", "unit '家'", "亿元 (as in plan.yaml), or index")),
        ("亿圆", ("city_gdp, base", "unit '亿圆'", "Did you mean '亿元'?")),
    ],
)
def test_the_unit_of_a_base_is_that_of_its_driver(tmp_path: Path, unit: str, words: tuple[str, ...]) -> None:
    folder = write(tmp_path / "mine")
    (folder / "equations.csv").write_text(
        f"{EQUATIONS}city_gdp,base,25000,,{unit},,fact,x,\ncity_gdp,drift,5,1,,,fact,x,\n"
        "city_gdp,persistence,0,,,,fact,x,\ncity_gdp,innovation,2,,,,fact,x,\n",
        encoding="utf-8",
    )
    with pytest.raises(pm.InputError) as caught:
        pm.build_model(pm.load_plan(folder), as_of=2020)
    assert all(text in str(caught.value) for text in words)


def test_a_level_cannot_enter_where_the_base_is_an_index(tmp_path: Path) -> None:
    """Growth can; the error says so."""
    folder = write(tmp_path / "mine")
    growth = pm.build_model(pm.load_plan(folder), as_of=2021)
    assert ("city_gdp", 2021) in growth.run("baseline").used
    text = OBSERVATIONS.replace("city_gdp,city,2021,8.1,%", "city_gdp,city,2021,26000,亿元")
    (folder / "observations.csv").write_text(text, encoding="utf-8")
    with pytest.raises(
        pm.InputError, match=r"city_gdp, 2021: found '亿元', expected growth in %, or a level in index"
    ):
        pm.build_model(pm.load_plan(folder), as_of=2021)


def test_an_effect_on_no_variable_is_named(tmp_path: Path) -> None:
    """In a file with its line, in a table handed over with its measure."""
    folder = write(tmp_path / "mine")
    head = "measure,variable,effect,sd,years_to_full,cost,basis,source\n"
    row = "attract_talent,institution.town,0.5,0.5,1,1,assumption,x\n"
    (folder / "effects.csv").write_text(head + row, encoding="utf-8")
    plan = pm.load_plan(folder)
    with pytest.raises(
        pm.InputError, match=r"effects.csv, line 2, column variable: .*Did you mean 'institutions.town'"
    ):
        pm.build_model(plan)
    effects = pd.read_csv(folder / "effects.csv")
    with pytest.raises(pm.InputError, match=r"effects, attract_talent: found variable 'institution.town'"):
        pm.build_model(plan, effects=effects).run(folder / "scenarios" / "test.yaml")


@pytest.mark.parametrize("name", ["x" * 300, "x" * 5000])
def test_a_name_that_no_system_can_hold_is_no_file(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path / "mine", Case("x", S, lambda text: f"{text}base: {name}\n", ()))
    with pytest.raises(pm.InputError, match="line 10, base"):
        read_everything(folder)
    with pytest.raises(pm.InputError, match="a folder, or a plan that ships"):
        pm.load_plan(name)
    with pytest.raises(pm.InputError, match="no file"):
        pm.load_scenario(f"{name}.yaml", pm.load_plan(write(tmp_path / "sound")))


@pytest.mark.parametrize(
    "count, last", [(20, None), (21, "… and 1 other problem."), (500, "… and 480 other problems.")]
)
def test_an_error_shows_twenty_problems_and_counts_the_others(count: int, last: str | None) -> None:
    """`problems` keeps all."""
    error = pm.InputError([Problem("x.csv", f"line {n}", "nothing", "a number") for n in range(count)])
    lines = str(error).splitlines()
    assert lines[:20] == [f"x.csv, line {n}: found nothing, expected a number." for n in range(20)]
    assert lines[20:] == ([last] if last else [])
    assert len(error.problems) == count
    assert len(pickle.loads(pickle.dumps(error)).problems) == count


def test_what_was_found_is_not_printed_at_any_length() -> None:
    error = pm.InputError([Problem("x.csv", "line 2", "x" * 10_000, "a number")])
    assert len(str(error)) < 300
    assert len(error.problems[0].found) == 10_000


def test_names_of_cases_are_distinct() -> None:
    """There are at least 15 kinds of broken table of observations, each with its own name."""
    assert len({case.name for case in CASES}) == len(CASES) >= 15


def test_the_sound_files_are_accepted(tmp_path: Path) -> None:
    """The files that the cases break are read, and run, as they stand."""
    folder = write(tmp_path / "mine")
    read_everything(folder)
    assert len(pm.reach(pm.build_model(pm.load_plan(folder)).run("baseline"))) == 4


@pytest.mark.parametrize(
    "file, edit",
    [
        (T, swap("2020,20,0.1,exact,2025,25", "2020,0.4,0.1,exact,2025,0.5")),
        (F, swap("value_added,60,%", "value_added,0.5,%")),
        (OBS, swap("gdp,town,2021,520,亿元", "value_added_share,town,2021,0.5,%")),
    ],
)
def test_a_share_below_one_percent_is_a_share(
    tmp_path: Path, file: str, edit: Callable[[str], str | bytes]
) -> None:
    folder = write(tmp_path / "mine", Case("small share", file, edit, ()))
    read_everything(folder)
    assert pm.reach(pm.build_model(pm.load_plan(folder)).run())["probability"].between(0, 1).all()


@pytest.mark.parametrize(
    "file, old, new", [(T, "2025,150,level", "2025,-99,growth"), (OBS, "8.1,%", "-99,%")]
)
def test_growth_just_above_minus_100_is_growth(tmp_path: Path, file: str, old: str, new: str) -> None:
    """A hundredth of a level is still one: only -100 % and less leave no level at all."""
    targets = swap("town,2020,60,1,exact,2025,90", "town,2020,60,1,exact,2025,0.5")
    folder = write(tmp_path / "mine", Case("shrinking", file, swap(old, new), ()))
    (folder / T).write_text(targets((folder / T).read_text(encoding="utf-8")), encoding="utf-8")
    read_everything(folder)


def test_equations_in_a_circle_are_named(tmp_path: Path) -> None:
    """Those that move with each other are named, and what only follows them is not."""
    circle = [
        *equations("alpha.town", drift=1, innovation=1, **{"on:beta.town": 1}),
        *equations("beta.town", drift=1, innovation=1, **{"on:alpha.town": 0.5}),
        *equations("gamma.town", drift=1, innovation=1, **{"on:alpha.town": 1}),
    ]
    targets = [{"indicator": name} for name in ("alpha", "beta", "gamma")]
    plan = pm.load_plan(write_plan(tmp_path / "round", targets=targets, equations=circle))
    with pytest.raises(pm.InputError) as caught:
        pm.build_model(plan)
    assert str(caught.value) == (
        "equations of small, on: found alpha.town, beta.town moving with each other, "
        "expected equations that form no circle."
    )


@pytest.mark.parametrize(
    "rows, found, expected",
    [
        ({"drift": 3}, "an equation of drift only", "innovation (0 if it is to have none)"),
        ({"innovation": 3}, "an equation of innovation only", "drift, or on: what it grows with"),
        (
            {"persistence": 0.3},
            "an equation of persistence only",
            "innovation (0 if it is to have none) and drift, or on: what it grows with",
        ),
    ],
    ids=["no innovation", "no growth", "neither"],
)
@pytest.mark.parametrize("variable", ["value_added.town", "wind"])
def test_half_an_equation_is_refused(
    tmp_path: Path, rows: dict[str, float], found, expected, variable
) -> None:
    """Without an innovation a level would grow for certain, without a drift it would stand still."""
    sound = equations("value_added.town", drift=4, innovation=2) if variable == "wind" else []
    drivers = {"wind": {"zh": "风", "en": "Wind"}}
    written = write_plan(tmp_path, equations=[*sound, *equations(variable, **rows)], drivers=drivers)
    with pytest.raises(pm.InputError) as caught:
        pm.build_model(pm.load_plan(written))
    (problem,) = caught.value.problems
    assert (problem.place, problem.found, problem.expected) == (variable, found, expected)
    assert problem.file == "equations of small"


def test_a_row_on_the_reference_class_is_no_equation(tmp_path: Path) -> None:
    """A variable whose only row names its reference class grows by default, as one without any row does."""
    reference = {"variable": "value_added.town", "coefficient": "reference", "estimate": "gdp"}
    plans = [
        pm.load_plan(write_plan(tmp_path / name, equations=rows))
        for name, rows in (("named", [reference]), ("without", []))
    ]
    named, without = (pm.reach(pm.build_model(plan).run())["probability"][0] for plan in plans)
    assert named == without
    assert 0.01 < without < 0.99


def test_without_persistence_innovations_are_independent(tmp_path: Path) -> None:
    """Drift and innovation are a whole equation: the log level after n years has variance n·σ²."""
    rows = equations("value_added.town", drift=0, innovation=3)
    out = pm.build_model(pm.load_plan(write_plan(tmp_path, equations=rows))).run()
    assert [float(out.cov[n, n]) for n in range(5)] == pytest.approx([(n + 1) * 0.03**2 for n in range(5)])


def drop(coefficient: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda rows: rows[rows["coefficient"] != coefficient]


def change(column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def edit(rows: pd.DataFrame) -> pd.DataFrame:
        rows[column] = rows[column].astype(object)
        rows.loc[rows["coefficient"] == "innovation", column] = value
        return rows

    return edit


@pytest.mark.parametrize(
    "edit, words",
    [
        (change("value", -2.0), "value_added.town, innovation, value: found -2"),
        (change("value", math.nan), "value_added.town, innovation, value: found nan"),
        (change("value", math.inf), "value_added.town, innovation, value: found inf"),
        (change("sd", -1.0), "value_added.town, innovation, sd: found -1"),
        (change("basis", "guess"), "value_added.town, innovation, basis: found basis 'guess'"),
        (change("coefficient", "inovation"), "Did you mean 'innovation'?"),
        (lambda rows: pd.concat([rows, rows.iloc[:1]]), "value_added.town, drift: found a second row"),
        (drop("innovation"), "value_added.town: found an equation of drift only"),
        (lambda rows: rows.iloc[:0], "value_added.town: found no equation"),
    ],
)
def test_a_changed_table_of_coefficients_is_checked_as_a_file_is(
    tmp_path: Path, edit: Callable[[pd.DataFrame], pd.DataFrame], words: str
) -> None:
    """What `with_coefficients` is given may be wrong in all the ways of equations.csv."""
    rows = equations("value_added.town", drift=(4, 1), innovation=2)
    plan = pm.load_plan(write_plan(tmp_path, equations=rows))
    evidence = pm.load_evidence(plan)
    with pytest.raises(pm.InputError) as caught:
        pm.build_model(plan, evidence=pm.with_coefficients(evidence, edit(evidence.coefficients)))
    assert words in str(caught.value)


@pytest.mark.parametrize("file", sorted(FILES))
@pytest.mark.parametrize("change", ["bom", "crlf", "blank line at the end"])
def test_what_spreadsheets_do_is_harmless(tmp_path: Path, file: str, change: str) -> None:
    """A byte order mark, Windows line ends and a blank last line are accepted."""
    edits: dict[str, Callable[[str], str | bytes]] = {
        "bom": lambda text: text.encode("utf-8-sig"),
        "crlf": lambda text: text.replace("\n", "\r\n"),
        "blank line at the end": lambda text: text + "\n",
    }
    read_everything(write(tmp_path / "mine", Case(change, file, edits[change], ())))


def test_all_problems_of_observations_are_reported_at_once(tmp_path: Path) -> None:
    """A bad number in one row does not hide an unknown variable in another."""
    error = everything_wrong_with(
        tmp_path, OBS, swap(",520,", ",many,"), swap("\ninstitutions", "\ninstitution")
    )
    assert [problem.place for problem in error.problems] == [
        "line 2, column value",
        "line 3, column variable",
    ]


@pytest.mark.parametrize("as_of", [2019, 2026, 20])
def test_as_of_outside_the_plan(plan: pm.Plan, as_of: int) -> None:
    """The reference year is one of the plan's."""
    with pytest.raises(pm.InputError, match=f"found {as_of}, expected a year from 2020 to 2025"):
        pm.build_model(plan, as_of=as_of)


COMMANDS = {
    "unknown plan": (["reach", "--plan", "jiangbie"], "Did you mean 'jiangbei'?"),
    "unknown scenario": (["reach", "-s", "credit_squeze"], "Did you mean 'credit_squeeze'?"),
    "bad as-of": (["reach", "--as-of", "2030"], "a year from 2020 to 2025"),
    "broken plan": (
        ["audit", "--plan", "{mine}"],
        "targets.csv, line 2, column base: found 'many', expected a number.",
    ),
    "broken scenario": (
        ["reach", "-s", "{mine}/scenarios/test.yaml"],
        "line 9, measures.attract_talent: found measure 'attract_talent'",
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_says_it_and_exits_with_2(tmp_path: Path, name: str) -> None:
    """The command prints the problem on stderr, nothing on stdout, no traceback, and writes nothing."""
    folder = write(tmp_path / "mine", Case("x", T, swap(",100,", ",many,"), ()))
    arguments, words = COMMANDS[name]
    before = listing(tmp_path)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "planmodel.cli", "--lang", "en"),
            *(text.format(mine=folder) for text in arguments),
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(shipped("seeds").parent), "PYTHONUTF8": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert words.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert listing(tmp_path) == before


def test_the_command_shows_twenty_problems_and_counts_the_others(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", Case("x", F, lambda text: text + "x\n" * 100, ()))
    with pytest.raises(pm.InputError) as caught:
        pm.load_plan(folder)
    done = subprocess.run(
        [sys.executable, "-m", "planmodel.cli", "reach", "--plan", str(folder), "--lang", "en"],
        env={"PYTHONPATH": str(shipped("seeds").parent), "PYTHONUTF8": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stderr.splitlines()
    assert done.returncode == 2
    assert len(lines) == 21
    assert lines[-1] == f"… and {len(caught.value.problems) - 20} other problems."


def test_a_correlation_stated_from_both_sides_is_refused(plan: pm.Plan) -> None:
    """It would count twice: 0.3 from each side would act as 0.6."""
    evidence = pm.load_evidence(plan)
    rows = evidence.coefficients
    pair = (rows["variable"] == "city_gdp") & (rows["coefficient"] == "innovation_with:city_credit")
    other = rows[pair].assign(variable="city_credit", coefficient="innovation_with:city_gdp")
    twice = pm.with_coefficients(evidence, pd.concat([rows, other]))
    with pytest.raises(pm.InputError, match="the correlation of city_gdp and city_credit twice"):
        pm.build_model(plan, evidence=twice)


def test_a_driver_that_others_move_with_has_an_equation(plan: pm.Plan) -> None:
    """Without a row of its own the margin would stand still for certain, and value added with it."""
    evidence = pm.load_evidence(plan)
    rows = evidence.coefficients
    without = pm.with_coefficients(evidence, rows[rows["variable"] != "margin"])
    with pytest.raises(pm.InputError, match="margin: found no equation, though others move with it"):
        pm.build_model(plan, evidence=without)
