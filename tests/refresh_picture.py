"""Draw the picture of the README again: ``make notebooks`` does it too."""

from __future__ import annotations

from pathlib import Path

import planmodel as pm
from planmodel.show.charts.targets import board, show

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "board.svg"


def picture() -> str:
    """Return the odds of the shipped plan's targets, baseline as of 2023, as SVG."""
    plan = pm.load_plan("jiangbei")
    out = pm.build_model(plan, as_of=2023).run("baseline")
    return show(board(pm.reach(out), plan, "en"), "en").svg


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    print(PICTURE)
