"""Weighted normals: what is asked of the law is the weighted answer of its nodes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from planmodel.law.draws import CHUNK, Sampler
from planmodel.law.nodes import Nodes
from planmodel.law.quantity import Quantity

LEVEL = Quantity("v.a", "v", "a", "", "log", {"v": 1.0})
SUM = Quantity("g.a", "g", "a", "", "sum", {"v": 1.0}, "w", 2.0)
ROWS = np.stack([np.eye(2), np.eye(2)])
COV = np.array([[0.04, 0.01], [0.01, 0.09]])
TWO = Nodes(np.array([0.3, 0.7]), np.array([[0.0, 0.2], [0.5, -0.1]]), COV)


def test_mean_and_covariance_are_the_mixtures() -> None:
    """E y = Σ w m, Cov y = C + Σ w (m - E y)(m - E y)'."""
    apart = TWO.means[1] - TWO.means[0]
    np.testing.assert_allclose(TWO.mean, 0.3 * TWO.means[0] + 0.7 * TWO.means[1], rtol=1e-15)
    np.testing.assert_allclose(TWO.total_cov, COV + 0.21 * np.outer(apart, apart), rtol=1e-14)


def test_a_probability_is_the_weighted_one() -> None:
    """P = Σ w Φ((m - edge)/s), by hand."""
    found = TWO.probability_above([LEVEL], ROWS[:1], np.array([0.4]))[0]
    assert found == pytest.approx(0.3 * ndtr(-0.4 / 0.2) + 0.7 * ndtr(0.1 / 0.2), abs=1e-15)


def test_quantiles_invert_the_weighted_probability() -> None:
    """The probability of exceeding the p-quantile is 1 - p, whether a quantity's nodes differ or not."""
    p = np.array([0.05, 0.5, 0.9])
    values = TWO.quantiles([LEVEL, SUM], ROWS, p)
    for n, probability in enumerate(p):
        levels = np.log(values[:, n] / [1.0, 2.0])
        above = TWO.probability_above([LEVEL, SUM], ROWS, levels)
        np.testing.assert_allclose(above, 1 - probability, atol=1e-8)
    second_alone = np.stack([np.eye(2), np.array([[1.0, 0.0], [0.0, 0.0]])])
    same = Nodes(TWO.weights, np.array([[0.0, 0.2], [0.0, -0.1]]), COV)
    np.testing.assert_allclose(
        same.quantiles([LEVEL], second_alone[1:], p),
        Nodes.single(np.zeros(2), COV).quantiles([LEVEL], ROWS[:1], p),
    )


def test_one_normal_split_in_three_is_that_normal() -> None:
    """Equal nodes are one: mean, covariance, probabilities and quantiles."""
    one = Nodes.single(np.array([0.1, 0.2]), COV)
    three = Nodes(np.full(3, 1 / 3), np.tile(one.means, (3, 1)), COV)
    np.testing.assert_allclose(three.mean, one.mean, rtol=1e-14)
    np.testing.assert_allclose(three.total_cov, one.total_cov, rtol=1e-12)
    levels, p = np.array([0.0, 0.9]), np.array([0.1, 0.6])
    for ask in (
        lambda nodes: nodes.probability_above([LEVEL, SUM], ROWS, levels),
        lambda nodes: nodes.quantiles([LEVEL, SUM], ROWS, p),
    ):
        np.testing.assert_allclose(ask(three), ask(one), rtol=1e-12)


def test_draws_come_from_each_node_by_its_weight() -> None:
    """The share of draws above a level is the weighted probability within four standard errors, and repeats."""
    n = 40 * CHUNK
    draws = Sampler(TWO, [LEVEL, SUM], [list(ROWS)]).draw(n, seed=1)
    np.testing.assert_array_equal(draws, Sampler(TWO, [LEVEL, SUM], [list(ROWS)]).draw(n, seed=1))
    levels = np.array([0.4, 0.8])
    expected = TWO.probability_above([LEVEL, SUM], ROWS, levels)
    found = np.mean(draws >= np.array([1.0, 2.0]) * np.exp(levels), axis=0)
    assert (np.abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / n)).all()
