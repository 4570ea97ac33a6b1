"""Where work is done: by forked workers here, by threads where there are no forks, or by a Dask cluster."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module

from planmodel.base.extras import need
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.batch.warmth import PAGES
from planmodel.forks.client import KEEP_MEMORY, ONE_THREAD, can_fork, shared_server
from planmodel.forks.server import ForkPool

# Seconds that a scheduler has to answer.
ANSWER_LIMIT = 10

# Dask does the work of a lost worker again; a job that kills every worker must end, too.
RETRIES = 2


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def executor(
    workers: int | None = None, cluster: str | None = None, prepare: str = PAGES
) -> Iterator[Executor]:
    """Open an executor.

    Parameters
    ----------
    workers : int, optional
        How many: by default as many as there are cores.
    cluster : str, optional
        Address of a Dask scheduler; empty for a Dask cluster on this machine. Without it there is no Dask.
    prepare : str
        The function by which the fork server does the imports of what the work needs: see `ForkServer.start`.
    """
    workers = workers or cores()
    if cluster is not None:
        with _dask(cluster, workers) as pool:
            yield pool
        return
    if can_fork():
        try:
            server = shared_server(prepare)
        except RuntimeError as error:
            print(f"{error}: work goes on in threads, which is slower", file=sys.stderr)
        else:
            with ForkPool(server, workers) as fork_pool:
                yield fork_pool
            return
    with ThreadPoolExecutor(workers) as threads:
        yield threads


@contextmanager
def _dask(address: str, workers: int) -> Iterator[Executor]:
    """Open a Dask cluster's executor; a worker that is lost is replaced and its work done again."""
    need("cluster", "dask", "distributed")
    # They publish types for parts of themselves only.
    dask, distributed = import_module("dask"), import_module("dask.distributed")
    if address:
        try:
            client = distributed.Client(address, timeout=ANSWER_LIMIT)
        except (OSError, ValueError) as error:
            expected = phrase("expected.dask_address")
            raise InputError([Problem("--dask", "", f"{address!r} ({error})", expected)]) from None
        with client:
            yield client.get_executor(pure=False, retries=RETRIES)
        return
    with (
        # Dask would have its workers give memory back at once, and set threads of its own choice.
        dask.config.set({"distributed.nanny.pre-spawn-environ": ONE_THREAD | KEEP_MEMORY}),
        distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as local,
        distributed.Client(local) as client,
    ):
        yield client.get_executor(pure=False, retries=RETRIES)
