"""Coefficients gathered into arrays: each in its place and scale, and every gap and contradiction named."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import planmodel as pm
from planmodel.law.law import Coefficients
from planmodel.model.compile import gather
from planmodel.plan.variables import Variable

ALPHA = Variable("alpha.town", "level", math.log(100), {"alpha.town": 0.01, "beta.town": 0.02})
BETA = Variable("beta.town", "level", math.log(50), {"beta.town": 0.03})
SHARE = Variable("alpha.part", "share", 0.5)
WHOLE = {
    ("alpha.town", "drift"): (3.0, 1.0),
    ("alpha.town", "innovation"): (2.0, math.nan),
    ("beta.town", "drift"): (4.0, math.nan),
    ("beta.town", "innovation"): (5.0, math.nan),
    ("trade", "drift"): (6.0, 2.0),
    ("trade", "innovation"): (7.0, math.nan),
}
Rows = dict[tuple[str, str], tuple[float, float]]


def gathered(changes: Rows | None = None, without: tuple[tuple[str, str], ...] = ()) -> Coefficients:
    """Gather two levels and a driver; `changes` are added to their equations, `without` left out."""
    rows = {key: value for key, value in WHOLE.items() if key not in without} | (changes or {})
    table = pd.DataFrame(
        [(*key, *value) for key, value in rows.items()], columns=["variable", "coefficient", "value", "sd"]
    )
    return gather([ALPHA, BETA], ["trade"], table, "equations")


def number(value: float) -> tuple[float, float]:
    return value, math.nan


def test_drivers_come_first_and_per_cent_becomes_logs() -> None:
    found = gathered({("alpha.town", "persistence"): number(0.3)})
    assert found.names == ("trade", "alpha.town", "beta.town")
    assert found.drift == pytest.approx([0.06, 0.03, 0.04])
    np.testing.assert_allclose(found.drift_cov, np.diag([0.02, 0.01, 0]) ** 2)
    np.testing.assert_allclose(found.innovation_cov, np.diag([0.07, 0.02, 0.05]) ** 2)
    assert found.persistence.tolist() == [0, 0.3, 0]
    assert not found.weights.any()


def test_bases_are_logs_and_a_driver_is_an_index_unless_it_has_one() -> None:
    assert gathered().base == pytest.approx(np.log([100, 100, 50]))
    assert gathered({("trade", "base"): number(70.0)}).base == pytest.approx(np.log([70, 100, 50]))


def test_a_rounding_that_enters_two_variables_moves_both() -> None:
    expected = np.array([[0, 0, 0], [0, 0.01**2 + 0.02**2, 0.02 * 0.03], [0, 0.02 * 0.03, 0.03**2]])
    np.testing.assert_allclose(gathered().base_cov, expected)


def test_weights_and_correlations_stand_in_their_rows() -> None:
    found = gathered(
        {
            ("alpha.town", "on:trade"): number(0.5),
            ("alpha.town", "innovation_with:beta.town"): number(0.4),
            ("trade", "drift_with:alpha.town"): number(-0.6),
        }
    )
    assert found.weights[1, 0] == 0.5
    assert np.count_nonzero(found.weights) == 1
    assert found.innovation_cov[1, 2] == found.innovation_cov[2, 1] == pytest.approx(0.4 * 0.02 * 0.05)
    assert found.drift_cov[0, 1] == found.drift_cov[1, 0] == pytest.approx(-0.6 * 0.02 * 0.01)


def test_a_reference_is_no_coefficient() -> None:
    plain, named = gathered(), gathered({("nobody", "reference"): number(math.nan)})
    np.testing.assert_array_equal(plain.drift, named.drift)


@pytest.mark.parametrize(
    "changes, without, message",
    [
        ({("alpha.tow", "drift"): number(1.0)}, (), r"alpha\.tow, drift: .*Did you mean 'alpha\.town'"),
        ({("alpha.town", "on:trad"): number(1.0)}, (), "alpha.town, on:trad: .*Did you mean 'trade'"),
        ({}, (("alpha.town", "innovation"),), "alpha.town: found an equation of drift only.*innovation"),
        ({}, (("alpha.town", "drift"),), "alpha.town: found an equation of innovation only.*drift, or on"),
        ({}, (("beta.town", "drift"), ("beta.town", "innovation")), "beta.town: found no equation"),
        ({}, (("trade", "drift"),), "trade: found an equation of innovation only"),
        (
            {("alpha.town", "on:trade"): number(1.0)},
            (("trade", "drift"), ("trade", "innovation")),
            "trade: found no equation, though others move with it",
        ),
        (
            {
                ("alpha.town", "drift_with:trade"): number(0.1),
                ("trade", "drift_with:alpha.town"): number(0.1),
            },
            (),
            "drift_with:: found the correlation of trade and alpha.town twice",
        ),
        ({("alpha.town", "on:alpha.town"): number(1.0)}, (), "found alpha.town moving with each other"),
        (
            {("alpha.town", "on:beta.town"): number(1.0), ("beta.town", "on:alpha.town"): number(1.0)},
            (),
            "found alpha.town, beta.town moving with each other, expected equations that form no circle",
        ),
    ],
)
def test_what_does_not_hang_together_is_refused(
    changes: Rows, without: tuple[tuple[str, str], ...], message: str
) -> None:
    with pytest.raises(pm.InputError, match=message):
        gathered(changes, without)


def test_a_driver_that_nothing_moves_with_needs_no_equation_and_a_share_no_growth() -> None:
    assert gathered({}, (("trade", "drift"), ("trade", "innovation"))).drift[0] == 0
    rows = [("alpha.part", "innovation", 3.0, math.nan)]
    table = pd.DataFrame(rows, columns=["variable", "coefficient", "value", "sd"])
    assert gather([SHARE], [], table, "equations").base.tolist() == [0.5]


@pytest.mark.parametrize("rho, possible", [(-0.5, True), (-0.51, False)])
def test_three_alike_can_be_correlated_down_to_minus_a_half(rho: float, possible: bool) -> None:
    """The smallest eigenvalue of equal correlations of three is 1 + 2 ρ."""
    pairs: Rows = {
        ("alpha.town", "innovation_with:beta.town"): number(rho),
        ("alpha.town", "innovation_with:trade"): number(rho),
        ("beta.town", "innovation_with:trade"): number(rho),
    }
    if possible:
        assert np.linalg.eigvalsh(gathered(pairs).innovation_cov)[0] == pytest.approx(0, abs=1e-12)
    else:
        with pytest.raises(pm.InputError, match=r"innovation_with: .*contradict each other"):
            gathered(pairs)


def test_a_chain_is_no_circle() -> None:
    chain: Rows = {("alpha.town", "on:trade"): number(1.0), ("beta.town", "on:alpha.town"): number(1.0)}
    found = gathered(chain | {("beta.town", "on:trade"): number(1.0)})
    assert np.count_nonzero(found.weights) == 3


def test_every_gap_is_named_at_once() -> None:
    with pytest.raises(pm.InputError) as error:
        gathered(
            {("nobody", "drift"): number(1.0)}, (("alpha.town", "innovation"), ("beta.town", "innovation"))
        )
    assert len(error.value.problems) == 3
