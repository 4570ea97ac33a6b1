"""Names that are loaded when they are first used."""

import subprocess
import sys

import pytest

import planmodel as pm


def test_importing_the_package_loads_its_loader_alone() -> None:
    code = (
        "import planmodel, sys; print(*sorted(name for name in sys.modules if name.startswith('planmodel')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["planmodel", "planmodel.base", "planmodel.base.lazy"]


@pytest.mark.parametrize("home", [pm, pm.words, pm.charts], ids=lambda home: home.__name__)
def test_every_name_of_a_stub_is_there_and_listed(home) -> None:
    """`from planmodel import *` takes them all; completion shows them."""
    assert dir(home) == home.__all__
    assert all(getattr(home, name) is not None for name in home.__all__)


def test_a_name_is_looked_up_once() -> None:
    assert pm.reach is vars(pm)["reach"]


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(AttributeError, match="module 'planmodel' has no attribute 'raech'"):
        _ = pm.raech
