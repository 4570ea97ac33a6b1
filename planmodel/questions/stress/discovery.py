"""Discovery: in which region of driver growth does a set of targets fail? PRIM, tested on draws it has not seen.

Draws come from the single normal with the outlook's mean and covariance.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray
from scipy.special import bdtrc

from planmodel.base import columns
from planmodel.base.extras import need
from planmodel.base.problems import InputError, Problem, Problems, phrase
from planmodel.law.draws import share_error
from planmodel.law.gaussian import Array, square_root
from planmodel.law.law import PERCENT
from planmodel.model.goals import has_bounds
from planmodel.model.outlook import Outlook
from planmodel.plan.names import resolve
from planmodel.plan.variables import plan_drivers
from planmodel.questions.stress.margins import goal_numbers, role_of

Flags = NDArray[np.bool_]

# The draws are dealt out in turn: to find a box, to judge its limits, to measure it.
PARTS = 3

# With fewer draws of interest in a part, a box describes chance.
FEWEST_HITS = 30

# Of all boxes on the way, the one with the most hits per draw that still holds half of them.
COVERAGE = 0.5

# A limit is kept if the box without it would hardly be as dense by chance.
QUASI_P = 0.05

# An input that varies less than this (% a year) is given, by a path or by observations.
STILL = 1e-6

# The smallest share of draws in a box, as in Bryant and Lempert.
SMALLEST_MASS = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Discovery:
    """A box in the space of driver growth, and how well it holds the failures on draws it was not made from.

    `table` has a row a restricted input: source, role, low, high (growth in % a year over the open years; NaN where
    open), quasi_p (probability that the box without this restriction would hold as many by chance; held-out
    draws). `summary` is one row: base_rate (share of hits among all draws), coverage (share of the hits that lie in the box),
    density (share of hits in the box), mass (share of draws in the box), each with its standard error; hits and draws
    of the held-out third; largest_correlation (between two inputs). `points` are held-out draws: a column an
    input, hit, inside.
    """

    outlook: Outlook
    targets: tuple[str, ...]
    fail: bool
    at_least: int
    years: tuple[int, int]
    decimals: dict[str, int]
    table: pd.DataFrame
    summary: pd.DataFrame
    points: pd.DataFrame

    def __repr__(self) -> str:
        way = "fail" if self.fail else "reached"
        return f"Discovery({', '.join(self.targets)} {way}, {len(self.table)} inputs restricted)"


def discover(
    outlook: Outlook,
    targets: str | Sequence[str],
    fail: bool = True,
    at_least: int | None = None,
    inputs: Sequence[str] | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> Discovery:
    """Return the region of driver growth in which chosen targets fail (or are reached): scenario discovery.

    The patient rule induction method (Friedman and Fisher 1999; Bryant and Lempert 2010) of ema_workbench peels a
    box on a third of the draws. Of the boxes on its way, the densest that holds half of the hits is taken; limits that
    are no better than chance on the second third are dropped, the others rounded; coverage, density and mass are
    measured on the last third. Inputs are as correlated as the outlook says: a box describes draws, not causes.

    Parameters
    ----------
    outlook : Outlook
    targets : str or sequence of str
    fail : bool
        Whether the region of failing or of reaching is sought.
    at_least : int, optional
        How many of the targets have to fail (be reached) together: by default all of them.
    inputs : sequence of str, optional
        By default the plan's drivers: their average growth after `as_of`, % a year. Any other variable stands for
        its own growth in these years, log % a year.
    draws, seed : int

    Raises
    ------
    MissingExtraError
        If ema_workbench (extra ``explore``) is missing.
    InputError
        If a name is unknown, fewer than 30 draws of a third are hits (or misses), no input varies, no year is
        open, or the outlook carries bounds.
    """
    chosen = (targets,) if isinstance(targets, str) else tuple(targets)
    numbers = goal_numbers(outlook, chosen)
    chosen = tuple(outlook.model.goals.names[number] for number in numbers)
    known = outlook.model.law.names
    names = plan_drivers(outlook.plan) if inputs is None else inputs
    names = tuple(resolve(name, known, outlook.plan, "discovery") for name in names)
    least = len(chosen) if at_least is None else at_least
    _check(outlook, names, least, len(chosen))
    growth, reached = _draw(outlook, names, numbers, draws, seed)
    hit = (reached if not fail else ~reached).sum(axis=1) >= least
    varying = growth.std(axis=0) > STILL
    if not varying.any():
        found = phrase("found.none_varies", names=", ".join(names))
        expected = phrase("expected.input_not_fixed")
        raise InputError([Problem("discovery", "inputs", found, expected)])
    frame = pd.DataFrame(growth[:, varying], columns=[n for n, v in zip(names, varying, strict=True) if v])
    # One part finds the box, one judges its limits, one measures it: none has seen what the one before saw.
    parts = [
        (frame[part::PARTS].reset_index(drop=True), np.asarray(hit[part::PARTS])) for part in range(PARTS)
    ]
    for _, of_part in parts:
        _check_hits(of_part, chosen)
    search, judge, holdout = parts
    decimals = {str(name): max(1, -math.floor(math.log10(sd))) for name, sd in search[0].std().items()}
    box = _significant(_peel(*search), *judge).round(decimals)
    years = (outlook.as_of + 1, outlook.plan.target_year)
    table = _limits(box, *holdout).replace([-np.inf, np.inf], np.nan)
    table = columns.frame("discover", table.assign(role=[role_of(n, outlook) for n in table["source"]]))
    points = holdout[0].assign(hit=holdout[1], inside=_inside(box, holdout[0]))
    correlation = np.abs(np.corrcoef(growth[:, varying].T) - np.eye(int(varying.sum()))).max()
    summary = _measured(points).assign(largest_correlation=float(correlation))
    return Discovery(outlook, chosen, fail, least, years, decimals, table, summary, points)


def _check(outlook: Outlook, inputs: Sequence[str], least: int, total: int) -> None:
    problems = Problems("discovery")
    known = outlook.model.law.names
    for name in inputs:
        if name not in known:
            problems.add_unknown("inputs", name, known, "variable")
    if not inputs or len(set(inputs)) < len(inputs):
        problems.add("inputs", f"{list(inputs)}", phrase("expected.different_variables"))
    if not 1 <= least <= total:
        problems.add("at_least", repr(least), phrase("expected.number_of_targets", n=total))
    if outlook.as_of >= outlook.plan.target_year:
        found = phrase("found.outlook_as_of", year=outlook.as_of)
        problems.add("", found, phrase("expected.as_of_before", year=outlook.plan.target_year))
    if has_bounds(outlook.bounds):
        problems.add("", phrase("found.outlook_with_bounds"), phrase("expected.without_bounds"))
    problems.check()


def _draw(
    outlook: Outlook, inputs: Sequence[str], numbers: Sequence[int], draws: int, seed: int
) -> tuple[Array, Flags]:
    """Draw the inputs' average growth in the open years, and which of the targets are reached."""
    law, goals = outlook.model.law, outlook.model.goals
    until, since = outlook.plan.target_year, outlook.as_of
    own = np.linalg.inv(law.levels_per_own_growth)[[law.names.index(name) for name in inputs]]
    moved, start = law.growth_rows(law.names, [until], since=since)
    rows = own @ moved / (until - since)
    everything = np.vstack([rows, goals.rows[list(numbers)].reshape(-1, rows.shape[1])])
    mean = everything @ outlook.mean
    mean[: len(inputs)] -= own @ start / (until - since)
    root = square_root(everything @ outlook.cov @ everything.T)
    normal = Generator(PCG64(SeedSequence(seed))).standard_normal((draws, root.shape[1]))
    values = mean + normal @ root.T
    growth, levels = values[:, : len(inputs)], values[:, len(inputs) :]
    reached = np.empty((draws, len(numbers)), dtype=bool)
    for column, number in enumerate(numbers):
        u, x = levels[:, 2 * column], levels[:, 2 * column + 1]
        above = goals.quantities[number].log_value(u, x) >= goals.levels[number]
        reached[:, column] = above == goals.at_least[number]
    drivers = np.isin(list(inputs), plan_drivers(outlook.plan))
    return PERCENT * np.where(drivers, np.expm1(growth), growth), reached


def _check_hits(hit: Flags, targets: Sequence[str]) -> None:
    hits, misses = int(hit.sum()), int((~hit).sum())
    if min(hits, misses) < FEWEST_HITS:
        found = phrase("found.hits_and_misses", hits=hits, draws=len(hit), misses=misses)
        expected = phrase("expected.more_hits", n=FEWEST_HITS)
        raise InputError([Problem("discovery", ", ".join(targets), found, expected)])


def _peel(inputs: pd.DataFrame, hit: Flags) -> pd.DataFrame:
    """Return the box: a row an input that varies, columns low and high, infinite where it is open."""
    need("explore", "ema_workbench")
    with warnings.catch_warnings():
        # It tells of optional parts of its own that are missing.
        warnings.simplefilter("ignore")
        from ema_workbench.analysis.prim import Prim
    mass = min(SMALLEST_MASS, float(hit.mean()) / 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = Prim(inputs, hit, threshold=0.0, mass_min=mass).find_box()
    # With a threshold of 0 it returns the whole way; `mean` is then the share of hits, and coverage follows.
    path = found.peeling_trajectory
    path = path.assign(coverage=path["mean"] * path["n"] / hit.sum())
    held = path[path["coverage"] >= COVERAGE].sort_values(["mean", "coverage"], ascending=False)
    low, high = found.box_lims[int(held.index[0])][list(inputs.columns)].to_numpy(dtype=float)
    # A limit at the edge of the draws is none.
    return pd.DataFrame(
        {
            "low": np.where(low > inputs.min(), low, -np.inf),
            "high": np.where(high < inputs.max(), high, np.inf),
        },
        index=inputs.columns,
    ).T


def _inside(box: pd.DataFrame, inputs: pd.DataFrame, without: str = "") -> Flags:
    kept = [name for name in box.columns if name != without]
    values = inputs[kept].to_numpy()
    within = (values >= box.loc["low", kept].to_numpy()) & (values <= box.loc["high", kept].to_numpy())
    return np.asarray(within.all(axis=1))


def _significant(box: pd.DataFrame, inputs: pd.DataFrame, hit: Flags) -> pd.DataFrame:
    """Return the box without limits that do no better than chance, the weakest first."""
    box = box.copy()
    while len(limits := _limits(box, inputs, hit)) and limits["quasi_p"].max() > QUASI_P:
        weakest = limits["source"].iloc[int(np.argmax(limits["quasi_p"]))]
        box[str(weakest)] = [-np.inf, np.inf]
    return box


def _limits(box: pd.DataFrame, inputs: pd.DataFrame, hit: Flags) -> pd.DataFrame:
    """Return the restricted inputs with limits and quasi-p: P(Binomial(n, share without) ≥ hits)."""
    inside = _inside(box, inputs)
    rows = []
    for name in box.columns[np.isfinite(box.to_numpy()).any(axis=0)]:
        wider = _inside(box, inputs, str(name))
        share = float(hit[wider].mean()) if wider.any() else 0.0
        hits, size = int(hit[inside].sum()), int(inside.sum())
        quasi_p = float(bdtrc(hits - 1, size, share)) if hits else 1.0
        rows.append((name, box.loc["low", name], box.loc["high", name], quasi_p))
    return pd.DataFrame(rows, columns=["source", "low", "high", "quasi_p"])


def _measured(points: pd.DataFrame) -> pd.DataFrame:
    """Return base rate, coverage, density and mass with binomial standard errors."""
    hit, inside = points["hit"].to_numpy(), points["inside"].to_numpy()
    both = float((hit & inside).sum())
    parts = {
        "base_rate": (hit.sum(), len(hit)),
        "coverage": (both, hit.sum()),
        "density": (both, inside.sum()),
        "mass": (inside.sum(), len(hit)),
    }
    row: dict[str, float] = {}
    for name, (part, whole) in parts.items():
        ratio = float(part) / float(whole) if whole else math.nan
        row[name] = ratio
        row[f"{name}_standard_error"] = float(share_error(ratio, float(whole))) if whole else math.nan
    return pd.DataFrame([row]).assign(hits=int(hit.sum()), draws=len(hit))
