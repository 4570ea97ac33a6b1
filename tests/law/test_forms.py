"""Every form, whole and in part, answers the same 1,000 seeded cases; so does the script of a report's page."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from new_form import Complement

from planmodel.law.draws import Sampler
from planmodel.law.forms import FORMS, Drawn, Form, reading_of
from planmodel.law.gaussian import Array
from planmodel.law.nodes import Nodes
from planmodel.law.quantity import COARSER, Moments, Quantity, medians, probability_above, quantiles

CASES = 1_000


# A new form is a class and this line: every test below asks it what it asks the others.
NEW = {"complement": Complement()}
# A form of one variable has parts; a sum of two has its second variable always.
WHOLES = [(name, False) for name, form in FORMS.items() if isinstance(form, Form)]
SHIPPED = [*WHOLES, *((name, True) for name in FORMS)]
KINDS = [*SHIPPED, *((name, second) for name in NEW for second in (False, True))]


@pytest.fixture(autouse=True)
def _register(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, form in NEW.items():
        monkeypatch.setitem(FORMS, name, form)


def each(kinds: list[tuple[str, bool]]) -> pytest.MarkDecorator:
    ids = [f"{'part of ' if second and name != 'sum' else ''}{name}" for name, second in kinds]
    return pytest.mark.parametrize("form, second", kinds, ids=ids)


def quantity_of(form: str, second: bool, scale: float = 1.0) -> Quantity:
    return Quantity("q.a", "q", "a", "", form, {"v": 1.0}, "x" if second else "", scale)


def cases() -> tuple[Array, Array, Array, Moments]:
    """Return points u and x, normal scores z, and moments of (U, X), as plans have them five years out."""
    rng = np.random.default_rng(11)
    u, x = rng.uniform(-3, 3, (2, CASES))
    mean = rng.uniform(-2, 2, (CASES, 2))
    sd, rho = rng.uniform(0.02, 0.6, (CASES, 2)), rng.uniform(-0.95, 0.95, CASES)
    cov = np.empty((CASES, 2, 2))
    cov[:, [0, 1], [0, 1]] = sd**2
    cov[:, 0, 1] = cov[:, 1, 0] = rho * sd[:, 0] * sd[:, 1]
    return u, x, rng.uniform(-3, 3, CASES), Moments.of(mean, cov)


U, X, Z, MOMENTS = cases()


def levels(form: str, second: bool) -> Array:
    """Return a level for each case, within three standard deviations of its median in U."""
    return reading_of(form, second).log_value(MOMENTS.mean_u + Z * MOMENTS.sd_u, MOMENTS.mean_x)


@each(KINDS)
def test_the_edge_is_the_inverse_of_the_value(form: str, second: bool) -> None:
    """The least U that reaches the value at u is u, and the least X that reaches the value at x is x."""
    reading = reading_of(form, second)
    level = reading.log_value(U, X)
    np.testing.assert_allclose(np.exp(level), reading.value(U, X), rtol=1e-12)
    np.testing.assert_allclose(reading.edge(level, X), U, atol=1e-10)
    if second:
        np.testing.assert_allclose(reading.edge_second(level, U), X, atol=1e-10)


@each(KINDS)
def test_slopes_are_derivatives(form: str, second: bool) -> None:
    """First and second derivatives of the log value equal central differences."""
    reading, step = reading_of(form, second), 1e-5
    by_u, by_x = reading.slopes(U, X)
    higher, lower = reading.slopes(U + step, X), reading.slopes(U - step, X)
    numerical = (reading.log_value(U + step, X) - reading.log_value(U - step, X)) / 2 / step
    np.testing.assert_allclose(by_u, numerical, atol=1e-8)
    numerical = (reading.log_value(U, X + step) - reading.log_value(U, X - step)) / 2 / step
    np.testing.assert_allclose(by_x, numerical, atol=1e-8)
    twice_u, both, twice_x = reading.bends(U, X)
    np.testing.assert_allclose(twice_u, (higher[0] - lower[0]) / 2 / step, atol=1e-8)
    np.testing.assert_allclose(both, (higher[1] - lower[1]) / 2 / step, atol=1e-8)
    higher, lower = reading.slopes(U, X + step), reading.slopes(U, X - step)
    np.testing.assert_allclose(twice_x, (higher[1] - lower[1]) / 2 / step, atol=1e-8)


@each(KINDS)
def test_values_rise_with_either_variable(form: str, second: bool) -> None:
    """A value rises with U, and with X where there is one; without one X changes nothing."""
    reading = reading_of(form, second)
    here = reading.value(U, X)
    assert (here > 0).all()
    assert (reading.value(U + 0.01, X) > here).all()
    further = reading.value(U, X + 0.01)
    assert (further > here).all() if second else (further == here).all()


@each(KINDS)
def test_levels_out_of_reach_have_no_edge(form: str, second: bool) -> None:
    """An edge is plus infinity where no value is enough, and minus infinity where each is."""
    reading, far = reading_of(form, second), np.array([1e-9, 50.0])
    bounded = float(reading.value(np.array(40.0), np.array(40.0))) <= 1
    edge = reading.edge(far, np.zeros(2))
    assert (edge == np.inf).all() if bounded else np.isfinite(edge).any()
    if form == "sum":
        np.testing.assert_array_equal(reading.edge(np.array([-0.1, 0.0]), np.zeros(2)), -np.inf)
    elif second:
        own = FORMS[form].read(False)
        impossible = own.log_value(U, X) + 1e-9
        assert (reading.edge_second(impossible, U) == np.inf).all()
    else:
        first = reading.edge_second(reading.log_value(U, X), U)
        np.testing.assert_array_equal(first, -np.inf)
        np.testing.assert_array_equal(reading.edge_second(reading.log_value(U, X) + 0.1, U), np.inf)


@each(KINDS)
def test_a_form_is_silent_far_out(form: str, second: bool) -> None:
    """Searches look 1e6 standard deviations out: logs, edges and slopes are numbers there, and nothing warns."""
    reading, far = reading_of(form, second), np.array([-1e5, -800.0, 40.0, 1e5])
    for u, x in ((far, np.zeros(4)), (np.zeros(4), far), (far, far[::-1])):
        assert not np.isnan([reading.log_value(u, x), *reading.slopes(u, x)]).any()
        assert not np.isnan([reading.edge(u, x), reading.edge_second(x, u)]).any()
    assert (np.diff(reading.log_value(far, np.zeros(4))) >= 0).all()


@each(KINDS)
def test_draws_are_the_values_at_what_is_drawn(form: str, second: bool) -> None:
    """The draws' own, shared exponentials give the same values."""
    reading = reading_of(form, second)
    np.testing.assert_allclose(reading.draw(Drawn(np.stack([U, X])), 0, 1), reading.value(U, X), rtol=1e-14)


@each(KINDS)
def test_the_closed_form_agrees_with_draws(form: str, second: bool) -> None:
    """Of 60 cases with 20,000 draws each, every share above the level is within four standard errors."""
    quantity, level, n = quantity_of(form, second), levels(form, second), 20_000
    closed = probability_above([quantity] * CASES, MOMENTS, level)
    for k in range(60):
        mean = np.array([MOMENTS.mean_u[k], MOMENTS.mean_x[k]])
        off = MOMENTS.covariance[k]
        cov = np.array([[MOMENTS.sd_u[k] ** 2, off], [off, MOMENTS.sd_x[k] ** 2]])
        drawn = Sampler(Nodes.single(mean, cov), [quantity], [[np.eye(2)]]).draw(n, seed=k)[:, 0]
        error = np.sqrt(closed[k] * (1 - closed[k]) / n)
        assert abs(np.mean(drawn >= np.exp(level[k])) - closed[k]) < 4 * error + 1 / n


@each(KINDS)
def test_probabilities_fall_with_the_level(form: str, second: bool) -> None:
    """A higher level is less likely, and how likely it is does not depend on the quantities beside it."""
    quantity, level = quantity_of(form, second), levels(form, second)
    here = probability_above([quantity] * CASES, MOMENTS, level)
    assert (probability_above([quantity] * CASES, MOMENTS, level + 1e-3) < here).all()
    alone = probability_above([quantity], MOMENTS.picked([7]), level[[7]])
    assert alone[0] == pytest.approx(here[7], abs=1e-15)


@each(KINDS)
def test_quantiles_invert_probabilities(form: str, second: bool) -> None:
    """The probability of exceeding the p-quantile is 1 - p, in any unit; the median is the 50 % quantile."""
    quantity, some = quantity_of(form, second, scale=100.0), MOMENTS.picked(np.arange(100))
    p = np.array([0.01, 0.3, 0.5, 0.95])
    found = quantiles([quantity] * 100, some, p)
    for n, column in enumerate(found.T):
        above = probability_above([quantity] * 100, some, np.log(column / 100))
        np.testing.assert_allclose(above, 1 - p[n], atol=1e-8)
    np.testing.assert_allclose(medians([quantity] * 100, some), found[:, 2], rtol=1e-9)


def test_many_forms_are_answered_at_once() -> None:
    """Each quantity of a mixed set gets the probability that it has alone."""
    mixed = [quantity_of(*KINDS[k % len(KINDS)]) for k in range(CASES)]
    level = np.array([levels(q.form, bool(q.second))[k] for k, q in enumerate(mixed[:40])])
    some = MOMENTS.picked(np.arange(40))
    together = probability_above(mixed[:40], some, level)
    for k, quantity in enumerate(mixed[:40]):
        alone = probability_above([quantity], some.picked([k]), level[[k]])
        assert together[k] == pytest.approx(alone[0], abs=1e-15)


def test_unknown_forms_are_named() -> None:
    """A form that is not registered, and a sum of one variable, are refused with what was expected."""
    with pytest.raises(ValueError, match="'cube', expected one of log, logit, sum"):
        reading_of("cube", False)
    with pytest.raises(ValueError, match="expected a second"):
        reading_of("sum", False)


# The same cases in the script of a report's page. Its nodes are the kernel's, one in four.
SCRIPT = resources.files("planmodel.show") / "templates" / "law.js"
NODES = np.arange(-8.5, 8.5 + 1e-9, 1 / 8)
WEIGHTS = np.exp(-(NODES**2) / 2) / np.sqrt(2 * np.pi) / 8
ANSWER = """
const {nodes, weights, form, curved, cases} = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const {reading, above, quantile} = normalLaw({nodes, weights});
const quantity = {form, curved, scale: 100}, read = reading(quantity);
const rows = cases.map(([u, x, at, meanU, meanX, uu, ux, xx]) => {
  const m = {u: meanU, x: meanX, uu, ux, xx}, value = read.logValue(u, x);
  return [value, read.edge(value, x), curved ? read.edgeSecond(value, u) : x, ...read.slopes(u, x),
    above(quantity, m, at), quantile(quantity, m, 0.9)];
});
console.log(JSON.stringify(rows, (key, value) => typeof value === "number" ? String(value) : value));
"""


@pytest.fixture(scope="session")
def node() -> str:
    """Return Node.js: the system's, or the one that Playwright brings."""
    found = shutil.which("node")
    if not found:
        if not (brought := find_spec("playwright")):
            assert os.environ.get("PLANMODEL_REQUIRE_BROWSER") != "1", "neither Node.js nor Playwright"
            pytest.skip("no Node.js: it comes with pip install 'planmodel[ui-test]'")
        found = str(Path(str(brought.origin)).parent / "driver" / "node")
    return found


def answers_of_the_page(node: str, form: str, second: bool) -> Array:
    rows = np.column_stack(
        [
            *(U, X, levels(form, second), MOMENTS.mean_u, MOMENTS.mean_x),
            *(MOMENTS.sd_u**2, MOMENTS.covariance, MOMENTS.sd_x**2),
        ]
    )
    asked: dict[str, Any] = {"nodes": NODES.tolist(), "weights": WEIGHTS.tolist(), "cases": rows.tolist()}
    asked |= {"form": form, "curved": second}
    done = subprocess.run(
        [node, "-e", SCRIPT.read_text(encoding="utf-8") + ANSWER],
        input=json.dumps(asked),
        check=True,
        capture_output=True,
        text=True,
    )
    return np.array(json.loads(done.stdout), dtype=float).T


@each(SHIPPED)
def test_the_script_of_a_page_has_the_same_formulas(node: str, form: str, second: bool) -> None:
    """Values, edges, slopes, probabilities and quantiles in JavaScript are the kernel's, for every form that ships."""
    quantity, reading = quantity_of(form, second, scale=100.0), reading_of(form, second)
    value, edge, edge_second, by_u, by_x, above, decile = answers_of_the_page(node, form, second)
    np.testing.assert_allclose(value, reading.log_value(U, X), atol=1e-12)
    np.testing.assert_allclose(edge, U, atol=1e-10)
    np.testing.assert_allclose(edge_second, X, atol=1e-10)
    np.testing.assert_allclose([by_u, by_x], reading.slopes(U, X), atol=1e-12)
    expected = probability_above([quantity] * CASES, MOMENTS, levels(form, second), COARSER)
    np.testing.assert_allclose(above, expected, atol=1e-12)
    tenth = quantiles([quantity] * CASES, MOMENTS, np.array([0.9]), COARSER)[:, 0]
    np.testing.assert_allclose(decile, tenth, rtol=1e-9)


def test_the_script_refuses_a_form_that_it_lacks(node: str) -> None:
    """A form without its line in the page's script fails the test above."""
    with pytest.raises(subprocess.CalledProcessError):
        answers_of_the_page(node, "complement", False)
