"""Weighted normals: what is asked of several nodes is the average of what each says."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from planmodel.law.draws import Sampler
from planmodel.law.nodes import Nodes
from planmodel.law.quantity import Quantity

LEVEL = Quantity("level.town", "level", "town", "亿元", "log", {"a": 1.0})
SHARE = Quantity("share.town", "share", "town", "%", "logit", {"a": 1.0, "b": -1.0}, "", 100.0)
PART = Quantity("part.town", "part", "town", "亿元", "log", {"a": 1.0}, "b")
TOTAL = Quantity("total.town", "total", "town", "亿元", "sum", {"a": 1.0}, "b")
ALL = (LEVEL, SHARE, PART, TOTAL)
ROWS = np.stack([quantity.rows({"a": 0, "b": 1}, 2) for quantity in ALL])

TWO = Nodes(np.array([0.3, 0.7]), np.array([[4.0, 0.5], [4.6, -0.2]]), np.array([[0.04, 0.01], [0.01, 0.09]]))


def test_one_node_is_the_normal_itself() -> None:
    """Mean, covariance and averages of a single node are its own, bit by bit."""
    mean, cov = TWO.means[0], TWO.cov
    one = Nodes.single(mean, cov)
    assert np.array_equal(one.mean, mean)
    assert np.array_equal(one.total_cov, cov)
    assert np.array_equal(one.average(lambda m, c: m @ c), mean @ cov)


def test_moments_of_the_whole_law_are_those_of_a_mixture() -> None:
    """E y = Σ w m, and Cov y is the covariance within plus that between the nodes."""
    np.testing.assert_allclose(TWO.mean, [0.3 * 4.0 + 0.7 * 4.6, 0.3 * 0.5 - 0.7 * 0.2])
    gap = TWO.means[1] - TWO.means[0]
    np.testing.assert_allclose(TWO.total_cov, TWO.cov + 0.3 * 0.7 * np.outer(gap, gap))


def test_probability_is_the_weighted_probability() -> None:
    """P(level ≥ 80) = Σ w Φ((m - log 80) / s)."""
    wanted = 0.3 * ndtr((4.0 - np.log(80)) / 0.2) + 0.7 * ndtr((4.6 - np.log(80)) / 0.2)
    found = TWO.probability_above([LEVEL], ROWS[:1], np.array([np.log(80.0)]))
    assert found[0] == pytest.approx(wanted, abs=1e-14)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.05, 0.95), st.floats(-1.0, 1.0))
def test_quantiles_have_their_probability(p: float, weight: float, apart: float) -> None:
    """The probability to exceed the quantile of order p is 1 - p, whatever the nodes and the form."""
    means = np.array([[4.0, 0.1], [4.0 + apart, 0.1 - apart]])
    nodes = Nodes(np.array([weight, 1 - weight]), means, TWO.cov)
    values = nodes.quantiles(ALL, ROWS, np.array([p]))[:, 0]
    levels = np.log(values / [quantity.scale for quantity in ALL])
    np.testing.assert_allclose(nodes.probability_above(ALL, ROWS, levels), 1 - p, atol=1e-7)


def test_quantiles_of_equal_nodes_are_those_of_one() -> None:
    """Three nodes in the same place say what the one says, exactly."""
    one = Nodes.single(TWO.means[0], TWO.cov)
    three = Nodes(np.full(3, 1 / 3), np.tile(TWO.means[0], (3, 1)), TWO.cov)
    orders = np.array([0.1, 0.5, 0.9])
    assert np.array_equal(three.quantiles(ALL, ROWS, orders), one.quantiles(ALL, ROWS, orders))


def test_draws_of_several_nodes_have_their_law() -> None:
    """Shares of draws above a level agree with the closed form within 4 standard errors, for every form."""
    n, levels = 40_000, np.array([np.log(80.0), np.log(0.98), np.log(45.0), np.log(85.0)])
    draws = Sampler(TWO, ALL, [list(ROWS)]).draw(n, seed=3)
    scale = np.array([quantity.scale for quantity in ALL])
    likely = TWO.probability_above(ALL, ROWS, levels)
    seen = (draws >= scale * np.exp(levels)).mean(axis=0)
    assert np.all(np.abs(seen - likely) < 4 * np.sqrt(likely * (1 - likely) / n))


def test_draws_of_equal_nodes_are_those_of_one() -> None:
    """Which node a draw belongs to has random numbers of its own: the normals stay the same."""
    one = Sampler(Nodes.single(TWO.means[0], TWO.cov), ALL, [list(ROWS)])
    three = Sampler(Nodes(np.full(3, 1 / 3), np.tile(TWO.means[0], (3, 1)), TWO.cov), ALL, [list(ROWS)])
    np.testing.assert_array_equal(three.draw(3000, seed=9), one.draw(3000, seed=9))


# The names under which modules hold an outlook.
OUTLOOKS = {"outlook", "out", "before", "after", "without", "earlier", "later", "free", "state"}


def reads_one_normal(tree: ast.Module) -> bool:
    """Whether code reads the mean or the covariance of an outlook."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("mean", "cov", "moments"):
            held = node.value
            ran = isinstance(held, ast.Call) and getattr(held.func, "attr", "") == "run"
            if ran or (isinstance(held, ast.Name) and held.id in OUTLOOKS):
                return True
    return False


def test_what_reads_one_mean_and_covariance_says_so() -> None:
    """Every other module asks the nodes: a question that uses the single normal names it in its docstring."""
    package = Path(__file__).resolve().parents[2] / "planmodel"
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in package.rglob("*.py")}
    reading = {path for path, tree in trees.items() if reads_one_normal(tree)}
    assert len(reading) > 5
    silent = [path.name for path in reading if "single normal" not in (ast.get_docstring(trees[path]) or "")]
    assert silent == []
