"""Draws from the joint normal, in chunks of constant memory, the same for any number of workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from typing import Any

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence

from planmodel.law.forms import Drawn
from planmodel.law.gaussian import Array, square_root
from planmodel.law.nodes import Nodes
from planmodel.law.quantity import Quantity

# Draws a chunk: small enough for the processor's cache, large enough for the matrix product.
CHUNK = 1024

# The size and the random stream of a chunk; and what maps a function over them, as `map` does.
Chunk = tuple[int, SeedSequence]
Mapper = Callable[[Callable[[Chunk], Array], Iterable[Chunk]], Iterable[Array]]


def share_error(share: float | Array, n: float) -> Array:
    """Return the standard error of shares of n draws: √(p (1 - p) / n)."""
    return np.asarray(np.sqrt(np.maximum(share * (1 - share), 0.0) / n))


class Sampler:
    """Draws some quantities in some years.

    The distinct normal variables behind them are drawn together, then turned into levels and shares.

    Parameters
    ----------
    nodes : Nodes
        The joint law: of several normals each draw belongs to one, by a stream of random numbers of its own.
    quantities : sequence of Quantity
    rows : sequence of sequences of arrays
        For each year and quantity, the two rows from the joint normal to (U, X).
    """

    def __init__(self, nodes: Nodes, quantities: Sequence[Quantity], rows: Sequence[Sequence[Array]]) -> None:
        distinct: dict[bytes, int] = {}
        kept: list[Array] = []
        self._recipe: list[tuple[Quantity, int, int]] = []
        for of_year in rows:
            for quantity, both in zip(quantities, of_year, strict=True):
                places = []
                for row in both[: 2 if quantity.second else 1]:
                    if row.tobytes() not in distinct:
                        distinct[row.tobytes()] = len(kept)
                        kept.append(row)
                    places.append(distinct[row.tobytes()])
                self._recipe.append((quantity, places[0], places[-1]))
        projection = np.array(kept).reshape(len(kept), nodes.means.shape[1])
        self._means = nodes.means @ projection.T
        self._weights = nodes.weights
        self._root = np.ascontiguousarray(square_root(projection @ nodes.cov @ projection.T).T)

    @property
    def width(self) -> int:
        """Number of columns of a draw."""
        return len(self._recipe)

    @property
    def risks(self) -> int:
        """Number of independent standard normals behind a draw."""
        return len(self._root)

    def chunks(self, n: int, seed: int) -> Iterator[Array]:
        """Yield draws in chunks of at most CHUNK rows; each chunk has its own stream of the seed."""
        for size, stream in _streams(n, seed):
            yield self._draw(stream, np.empty((self.width, size)))

    def draw(self, n: int, seed: int) -> Array:
        """Return n draws as rows."""
        result = np.empty((self.width, n))
        start = 0
        for size, stream in _streams(n, seed):
            self._draw(stream, result[:, start : start + size])
            start += size
        return result.T

    def reduce(self, n: int, seed: int, summary: Callable[[Array], Array], workers: int = 2) -> Array:
        """Return the sum over all chunks of `summary(chunk)`, without keeping the draws.

        Chunks are summed in order, so the result does not depend on the number of workers.
        """
        if workers > 1:
            # In a browser no thread starts: the work is then done below, where an error of `summary` comes again.
            with suppress(RuntimeError), ThreadPoolExecutor(workers) as pool:
                return self._sum(n, seed, summary, pool.map)
        return self._sum(n, seed, summary, map)

    def _sum(self, n: int, seed: int, summary: Callable[[Array], Array], each: Mapper) -> Array:
        """Return the sum of all summaries; `each` maps a function over chunks, some at a time to save memory."""
        total: Array | None = None
        streams = _streams(n, seed)
        while batch := list(islice(streams, 64)):
            for part in each(
                lambda pair: summary(self._draw(pair[1], np.empty((self.width, pair[0])))), batch
            ):
                total = part if total is None else total + part
        return np.zeros(0) if total is None else total

    def _draw(self, stream: SeedSequence, result: Array) -> Array:
        """Fill `result`, a row a quantity, and return it with a row a draw."""
        normal = Generator(PCG64(stream)).standard_normal((result.shape[1], self.risks))
        return self._read((normal @ self._root + self._means[self._chosen(stream, len(normal))]).T, result).T

    def _chosen(self, stream: SeedSequence, size: int) -> Any:
        """Return the node of each draw: the only one, or at random by their weights."""
        if len(self._weights) == 1:
            return 0
        own = SeedSequence(stream.entropy, spawn_key=(*stream.spawn_key, 0))
        return Generator(PCG64(own)).choice(len(self._weights), size, p=self._weights)

    def values(self, normal: Array) -> Array:
        """Return the draws that given standard normals make, of one normal: a row a quantity, from a row a risk."""
        variables = self._root.T @ normal + self._means[0][:, None]
        return self._read(variables, np.empty((self.width, normal.shape[1])))

    def _read(self, variables: Array, result: Array) -> Array:
        """Fill `result` with the quantities' values: a row each, as in `variables`."""
        drawn = Drawn(variables)
        for row, (quantity, u, x) in enumerate(self._recipe):
            value = quantity.reading.draw(drawn, u, x)
            result[row] = value if quantity.scale == 1 else value * quantity.scale
        return result


def _streams(n: int, seed: int) -> Iterator[Chunk]:
    """Yield the size and the random stream of each chunk: stream k is the seed's k-th child."""
    for k, start in enumerate(range(0, n, CHUNK)):
        yield min(CHUNK, n - start), SeedSequence(seed, spawn_key=(k,))
