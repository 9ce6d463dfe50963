"""Rehearse a Kubernetes change in a deterministic twin of the cluster, under load and faults.

>>> import seatrial
>>> result = seatrial.run("scenarios/rollout-without-prestop", seed=7)
>>> result.passed
True
>>> result.outcomes            # a data frame; see seatrial.Result for the others
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pandas as pd

from seatrial import _seatrial
from seatrial._seatrial import version
from seatrial.errors import Problem, ScenarioError
from seatrial.result import Result

__all__ = ["Problem", "Result", "ScenarioError", "run", "sweep", "validate", "variants", "version"]
__version__ = version()


def run(
    path: str | os.PathLike[str],
    *,
    variant: str | None = None,
    seed: int | None = None,
    until: float | None = None,
    log_every: int = 0,
) -> Result:
    """Play a scenario and say what came of it.

    Args:
        path: a folder with a scenario.yaml, or such a file.
        variant: the name of one of its `variants`; the base if none is given.
        seed: of all draws; the scenario's own if none is given.
        until: seconds of simulated time after which to stop; the scenario's duration if none is given.
        log_every: keep every n-th request whole, for `Result.requests`; 1 keeps all, 0 none. Changes nothing else.

    Raises:
        ScenarioError: with every problem of every file and its position.
        KeyboardInterrupt: within about 50 ms of Ctrl-C.

    Other Python threads go on while a run is played. One scenario and one seed give one result, bit for bit.
    """
    return Result(_seatrial.run(os.fspath(path), variant or "", seed, until, log_every))


def variants(path: str | os.PathLike[str]) -> list[str]:
    """The names of a scenario's variants, in the order of the file.

    Raises:
        ScenarioError: if anything is wrong with the scenario or a variant.
    """
    return _seatrial.variants(os.fspath(path))


def validate(path: str | os.PathLike[str]) -> None:
    """Check a scenario, all its variants, its platform and its manifests without playing it.

    Raises:
        ScenarioError: if anything is wrong.
    """
    _seatrial.validate(os.fspath(path))


def sweep(
    path: str | os.PathLike[str], seeds: Iterable[int], *, variant: str | None = None, workers: int | None = None
) -> pd.DataFrame:
    """Play a scenario, or a variant, with several seeds, on as many threads as there are processors or `workers`.

    Returns:
        One row for each seed and load, in the order of the seeds: seed, passed, fingerprint, load, total, ok, failed,
        and p50, p99 of the latency in seconds.
    """

    def rows(seed: int) -> list[dict]:
        document = run(path, variant=variant, seed=seed).json
        return [
            {
                "seed": seed,
                "passed": document["verdict"] == "pass",
                "fingerprint": document["fingerprint"],
                "load": load,
                **{name: of[name] for name in ("total", "ok", "failed")},
                **{name: of["latency"][name] for name in ("p50", "p99")},
            }
            for load, of in document["requests"].items()
        ]

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        return pd.DataFrame([row for found in pool.map(rows, seeds) for row in found])
