"""Published tables that no other test of a feature holds."""

import numpy as np
import pytest

from planmodel.questions.odds.marginal import required_growth


def test_quarterly_interpolation_of_the_imf() -> None:
    """statsmodels, to which interpolation is left, gives the IMF's Denton table (QNA manual 2001, example 6.2)."""
    interp = pytest.importorskip("statsmodels.tsa.interp")
    indicator = [98.2, 100.8, 102.2, 100.8, 99.0, 101.6, 102.7, 101.5, 100.5, 103.0, 103.5, 101.5]
    published = [969.8, 998.4, 1018.3, 1013.4, 1007.2, 1042.9, 1060.3, 1051.0, 1040.6, 1066.5, 1071.7, 1051.0]
    found = np.ravel(interp.dentonm(np.array(indicator), np.array([4000.0, 4161.4]), freq="aq"))
    assert found == pytest.approx(published, abs=0.06)


def test_required_growth_of_the_plan() -> None:
    """The growth that the plan's levels ask for, to the digits worked out by hand."""
    assert required_growth(288.9, 400, 5) == pytest.approx(6.724, abs=5e-4)
    assert required_growth(488, 500, 5) == pytest.approx(0.487, abs=5e-4)
    assert required_growth(98.13, 135, 5) == pytest.approx(6.588, abs=5e-4)
