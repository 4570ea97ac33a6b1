"""Moments of (U, X): built, chosen and repeated; what follows from them at the edges of certainty."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from planmodel.law.draws import Sampler
from planmodel.law.gaussian import solve_semidefinite
from planmodel.law.nodes import Nodes
from planmodel.law.quantity import (
    Moments,
    Quantity,
    log_threshold,
    medians,
    probability_above,
    quantiles,
)

LEVEL = Quantity("v.a", "v", "a", "亿元", "log", {"v": 1.0})
RATE = Quantity("r.a", "r", "a", "%", "logit", {"v": 1.0}, "", 100.0)
PART = Quantity("v.b", "v", "b", "亿元", "log", {"v": 1.0}, "share")
SUM = Quantity("g.a", "g", "a", "亿元", "sum", {"v": 1.0}, "other")

MEAN = np.array([[1.0, 2.0], [3.0, 4.0]])
COV = np.array([[[0.04, 0.01], [0.01, 0.09]], [[0.25, -0.1], [-0.1, 0.16]]])


def arrays(moments: Moments) -> list[list[float]]:
    return [
        a.tolist() for a in (moments.mean_u, moments.mean_x, moments.sd_u, moments.sd_x, moments.covariance)
    ]


def test_moments_are_read_from_means_and_covariances() -> None:
    found = Moments.of(MEAN, COV)
    assert len(found) == 2
    assert arrays(found) == [
        [1, 3],
        [2, 4],
        pytest.approx([0.2, 0.5]),
        pytest.approx([0.3, 0.4]),
        [0.01, -0.1],
    ]


def test_a_variance_that_rounding_made_negative_is_none() -> None:
    found = Moments.of(MEAN[:1], np.array([[[-1e-18, 0], [0, -1e-18]]]))
    assert (found.sd_u.item(), found.sd_x.item()) == (0, 0)


def test_moments_seen_through_rows_are_those_of_linear_maps() -> None:
    rng = np.random.default_rng(1)
    root, mean, rows = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=(2, 2, 3))
    found = Moments.seen(rows, mean, root @ root.T)
    for n in range(2):
        cov = rows[n] @ root @ root.T @ rows[n].T
        assert (found.mean_u[n], found.mean_x[n]) == pytest.approx(tuple(rows[n] @ mean))
        assert (found.sd_u[n] ** 2, found.sd_x[n] ** 2, found.covariance[n]) == pytest.approx(
            (cov[0, 0], cov[1, 1], cov[0, 1])
        )


def test_moments_are_picked_and_repeated() -> None:
    both = Moments.of(MEAN, COV)
    first, second = both.picked([0]), both.picked(np.array([False, True]))
    assert [[*a, *b] for a, b in zip(arrays(first), arrays(second), strict=True)] == arrays(both)
    assert arrays(both.repeated(2)) == [[a, a, b, b] for a, b in arrays(both)]


def test_the_spread_along_a_direction_is_that_of_the_sum() -> None:
    """Var(aU + bX) = a² Var U + b² Var X + 2ab Cov; opposite and alike, they cancel."""
    by = np.array([2.0, -1.0])
    expected = [math.sqrt(np.array(c) @ COV[0] @ c) for c in ([2, 3], [-1, 3])]
    twice = Moments.of(MEAN[[0, 0]], COV[[0, 0]])
    assert twice.sd_along(by, np.array([3.0, 3.0])) == pytest.approx(expected)
    same = Moments.of(MEAN[:1], np.array([[[0.04, 0.04], [0.04, 0.04]]]))
    assert same.sd_along(np.ones(1), -np.ones(1)) == pytest.approx(0, abs=1e-8)


def test_a_level_of_nothing_is_exceeded_by_everything() -> None:
    assert log_threshold(LEVEL, math.e) == pytest.approx(1)
    assert log_threshold(RATE, 50) == pytest.approx(math.log(0.5))
    assert [log_threshold(LEVEL, level) for level in (0.0, -1.0)] == [-math.inf, -math.inf]
    one = Moments.of(MEAN[:1], COV[:1])
    for quantity in (LEVEL, RATE, PART, SUM):
        assert probability_above([quantity], one, np.array([-math.inf])) == pytest.approx(1)


@pytest.mark.parametrize("mean", [0.0, 1.0, 1000.0, -1000.0])
def test_what_is_certain_reaches_its_own_level_up_to_rounding(mean: float) -> None:
    """A part in a million million of the edge, or of one, is rounding; a part in a hundred million is not."""
    certain = Moments(*(np.array([value]) for value in (mean, 0.0, 0.0, 0.0, 0.0)))
    size = max(abs(mean), 1.0)
    for step, reached in ((0.0, 1.0), (5e-13, 1.0), (-5e-13, 1.0), (1e-8, 0.0), (-1e-8, 1.0)):
        assert probability_above([LEVEL], certain, np.array([mean + step * size])) == reached


@pytest.mark.parametrize("quantity", [PART, SUM])
def test_an_uncertain_first_beside_a_certain_second_is_normal_in_the_first(quantity: Quantity) -> None:
    """And the other way round: one integral has nothing to integrate over."""
    for sd_u, sd_x in ((0.3, 0.0), (0.0, 0.3)):
        one = Moments(*(np.array([value]) for value in (0.4, 0.7, sd_u, sd_x, 0.0)))
        u, x = (0.4 + sd_u, 0.7 + sd_x)
        level = quantity.log_value(np.array([u]), np.array([x]))
        assert probability_above([quantity], one, level) == pytest.approx(norm.sf(1), abs=1e-9)
        value = quantity.value(np.array(u), np.array(x))
        assert quantiles([quantity], one, np.array([norm.cdf(1)])).item() == pytest.approx(value, rel=1e-8)


@pytest.mark.parametrize("quantity", [PART, SUM])
def test_narrow_laws_have_the_quantiles_of_their_tangent(quantity: Quantity) -> None:
    """With standard deviations of a thousandth, log value is normal around its own with the slopes' spread."""
    sd_u, sd_x, rho = 0.001, 0.002, 0.5
    one = Moments(*(np.array([v]) for v in (0.4, 0.7, sd_u, sd_x, rho * sd_u * sd_x)))
    by_u, by_x = quantity.slope(0.4, 0.7)
    sd = math.sqrt((by_u * sd_u) ** 2 + (by_x * sd_x) ** 2 + 2 * by_u * by_x * rho * sd_u * sd_x)
    found = np.log(quantiles([quantity], one, np.array([0.1, 0.5, 0.9])))[0]
    middle = float(quantity.log_value(np.array(0.4), np.array(0.7)))
    assert (found - middle) / sd == pytest.approx([ndtri(0.1), 0, ndtri(0.9)], abs=2e-3)
    assert medians([quantity], one) == pytest.approx([math.exp(found[1])], rel=1e-10)


@pytest.mark.parametrize("quantity", [PART, SUM])
def test_every_fourth_node_is_good_to_a_ten_millionth(quantity: Quantity) -> None:
    one = Moments.of(MEAN, COV)
    pair, levels = [quantity, quantity], quantiles([quantity, quantity], one, np.array([0.05, 0.95]))
    for column, share in ((0, 0.95), (1, 0.05)):
        edge = np.log(levels[:, column])
        fine, coarse = (probability_above(pair, one, edge, every) for every in (1, 4))
        assert fine == pytest.approx([share, share], abs=1e-9)
        assert coarse == pytest.approx(fine, abs=1e-7)
    near = quantiles([quantity, quantity], one, np.array([0.05, 0.95]), 4)
    np.testing.assert_allclose(near, levels, rtol=1e-6)


def test_quantities_of_several_forms_are_answered_in_their_order() -> None:
    """Each of a mixed list has what it has alone."""
    mixed = [SUM, LEVEL, PART, RATE, SUM]
    all_of = Moments.of(MEAN[[0, 1, 0, 1, 1]], COV[[0, 1, 0, 1, 1]])
    probabilities = np.array([0.2, 0.8])
    together = quantiles(mixed, all_of, probabilities)
    for n, quantity in enumerate(mixed):
        alone = quantiles([quantity], all_of.picked([n]), probabilities)
        np.testing.assert_allclose(together[n], alone[0], rtol=1e-9)
    levels = np.array([2.5, 3.2, 0.9, -0.1, 4.4])
    above = probability_above(mixed, all_of, levels)
    for n, quantity in enumerate(mixed):
        assert above[n] == pytest.approx(
            probability_above([quantity], all_of.picked([n]), levels[[n]]).item(), abs=1e-12
        )


@pytest.mark.parametrize("p", [1e-6, 1 - 1e-6])
def test_far_quantiles_are_found_too(p: float) -> None:
    one = Moments.of(MEAN[:1], COV[:1])
    for quantity in (PART, SUM):
        value = quantiles([quantity], one, np.array([p])).item()
        above = probability_above([quantity], one, np.array([math.log(value)])).item()
        assert ndtri(1 - above) == pytest.approx(ndtri(p), abs=1e-5)
        assert ndtr(ndtri(p)) == pytest.approx(p)


def test_a_condition_of_small_variance_beside_a_large_one_counts() -> None:
    """Rows are scaled first: a variance of 1e-18 beside one of a million is no rounding."""
    solved = solve_semidefinite(np.diag([1e-18, 1e6]), np.array([3e-18, 5e6]))
    assert solved == pytest.approx([3, 5], rel=1e-9)
    both = solve_semidefinite(np.diag([1e-18, 0.0]), np.array([[3e-18, 1e-18], [0.0, 0.0]]))
    np.testing.assert_allclose(both, [[3, 1], [0, 0]], rtol=1e-9)


def test_arrays_of_a_law_cannot_be_written_to_and_a_law_is_itself_alone() -> None:
    nodes = Nodes.single(np.zeros(2), np.eye(2))
    for array in (nodes.weights, nodes.means, nodes.cov):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    assert hash(nodes) == hash(nodes)
    assert nodes != Nodes.single(np.zeros(2), np.eye(2))


@pytest.mark.parametrize("workers, tried", [(1, 0), (2, 1)])
def test_one_worker_starts_no_thread_and_without_threads_the_sum_is_the_same(
    monkeypatch: pytest.MonkeyPatch, workers: int, tried: int
) -> None:
    sampler = Sampler(Nodes.single(np.zeros(2), np.eye(2)), [LEVEL], [[np.eye(2)]])
    expected = sampler.reduce(3000, 1, lambda chunk: chunk.sum(axis=0), 2)
    seen: list[object] = []

    def none(thread: object) -> None:
        seen.append(thread)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", none)
    np.testing.assert_array_equal(sampler.reduce(3000, 1, lambda chunk: chunk.sum(axis=0), workers), expected)
    assert len(seen) == tried
