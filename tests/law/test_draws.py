"""Draws: their moments, the same for any chunk and any number of workers, and the risks behind them."""

from __future__ import annotations

import numpy as np
import pytest

from planmodel.law.draws import CHUNK, Sampler, share_error
from planmodel.law.nodes import Nodes
from planmodel.law.quantity import Quantity

MEAN = np.array([0.3, -0.2, 0.1, 0.0])
ROOT = np.array([[0.3, 0.0, 0.0, 0.0], [0.1, 0.2, 0.0, 0.0], [0.0, 0.1, 0.4, 0.0], [0.0, 0.0, 0.0, 0.0]])
COV = ROOT @ ROOT.T
LAW = Nodes.single(MEAN, COV)

LEVEL = Quantity("v.a", "v", "a", "", "log", {"v": 1.0})
SHARE = Quantity("r.a", "r", "a", "%", "logit", {"v": 1.0}, "", 100.0)
PART = Quantity("v.b", "v", "b", "", "log", {"v": 1.0}, "w")
SUM = Quantity("g.a", "g", "a", "", "sum", {"v": 1.0}, "w")
ROWS = [np.eye(4)[[0, 1]] for _ in range(4)]


def sampler() -> Sampler:
    return Sampler(LAW, [LEVEL, SHARE, PART, SUM], [ROWS])


def test_draws_have_the_moments_of_the_law() -> None:
    """Mean and covariance of the logs of 200,000 draws are the law's, within four standard errors."""
    n, pairs = 200_000, [Quantity(f"{k}", "", "", "", "log", {"v": 1.0}) for k in range(3)]
    rows = [np.eye(4)[[k, k]] for k in range(3)]
    logs = np.log(Sampler(LAW, pairs, [rows]).draw(n, seed=1))
    sd = np.sqrt(np.diag(COV))[:3]
    assert (np.abs(logs.mean(axis=0) - MEAN[:3]) < 4 * sd / np.sqrt(n)).all()
    error = np.sqrt((np.outer(sd, sd) ** 2 + COV[:3, :3] ** 2) / n)
    assert (np.abs(np.cov(logs.T) - COV[:3, :3]) < 4 * error).all()


def test_quantities_of_a_draw_fit_each_other() -> None:
    """In every draw a sum is its addends and a part its share of the whole: they read the same variables."""
    level, share, part, total = sampler().draw(3_000, seed=2).T
    second = total - level
    np.testing.assert_allclose(part, level * second / (1 + second), rtol=1e-12)
    np.testing.assert_allclose(share, 100 * level / (1 + level), rtol=1e-12)


def test_only_risks_are_drawn() -> None:
    """A draw needs a standard normal a risk behind the quantities; what is certain needs none."""
    assert sampler().risks == 2
    assert sampler().width == 4
    assert Sampler(LAW, [LEVEL], [ROWS[:1]]).risks == 1
    certain = Sampler(LAW, [LEVEL], [[np.eye(4)[[3, 3]]]])
    assert certain.risks == 0
    np.testing.assert_array_equal(certain.draw(5, seed=0), 1.0)


def test_draws_of_given_normals_are_the_values_there() -> None:
    """At nought every quantity is at its median, and the draws are the mean plus the root times the normals."""
    one = Sampler(LAW, [LEVEL], [ROWS[:1]])
    found = np.log(one.values(np.array([[0.0, 1.0, -2.0]])))[0]
    assert found[0] == pytest.approx(0.3, abs=1e-15)
    assert abs(found[1] - 0.3) == pytest.approx(0.3, abs=1e-15)
    assert found[2] - 0.3 == pytest.approx(-2 * (found[1] - 0.3), abs=1e-15)


def test_chunks_put_together_are_the_draws() -> None:
    """Chunks have a stream each, so the first draws do not depend on how many follow."""
    n = 2 * CHUNK + 10
    draws = sampler().draw(n, seed=3)
    chunks = list(sampler().chunks(n, seed=3))
    assert [len(chunk) for chunk in chunks] == [CHUNK, CHUNK, 10]
    np.testing.assert_array_equal(np.concatenate(chunks), draws)
    np.testing.assert_array_equal(sampler().draw(CHUNK, seed=3), draws[:CHUNK])
    assert not np.array_equal(sampler().draw(CHUNK, seed=4), draws[:CHUNK])
    assert not np.array_equal(draws[:10], draws[CHUNK : CHUNK + 10])


def test_a_sum_over_chunks_does_not_depend_on_the_workers() -> None:
    """Chunks are summed in order, over more of them than wait at a time."""
    n = 70 * CHUNK + 5
    one, two = (sampler().reduce(n, 5, lambda chunk: chunk.sum(axis=0), workers) for workers in (1, 2))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_allclose(one, sampler().draw(n, seed=5).sum(axis=0), rtol=1e-12)
    assert sampler().reduce(0, 5, lambda chunk: chunk.sum(axis=0)).size == 0


def test_years_stand_one_after_the_other() -> None:
    """Columns are year-major, in the order of the quantities."""
    later = [np.eye(4)[[2, 1]] for _ in range(2)]
    both = Sampler(LAW, [LEVEL, SUM], [ROWS[:2], later]).values(np.zeros((3, 1)))[:, 0]
    expected = [np.exp(0.3), np.exp(0.3) + np.exp(-0.2), np.exp(0.1), np.exp(0.1) + np.exp(-0.2)]
    np.testing.assert_allclose(both, expected, rtol=1e-13)


def test_the_error_of_a_share_is_the_binomials() -> None:
    """√(p (1 - p) / n); none where rounding leaves a share outside 0 to 1."""
    assert share_error(0.2, 400) == pytest.approx(0.02, abs=1e-15)
    np.testing.assert_array_equal(share_error(np.array([0.0, 1.0, 1 + 1e-16, -1e-18]), 10), 0.0)
