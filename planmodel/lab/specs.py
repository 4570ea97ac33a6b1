"""The bench's two charts as specifications without rows: those of a report's sliders, at the bench's size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planmodel.base.messages import label
from planmodel.report.live_charts import board_spec, fan_spec
from planmodel.show.theme import GREY, INK, VERMILION
from planmodel.show.vega import alt

BARS, COLUMNS, FAN, FAN_HEIGHT = 158, 154, 345, 230
ROW = 26
# Between a name and its area a label breaks in two lines; Chinese ones, which are short, have no such sign.
BREAK = ", "
GROWTHS = ("required", "expected", "slack")


def board(names: Sequence[str], without_base: bool, lang: str = "zh") -> dict[str, Any]:
    """Return the board: bars of probability, beside them required and expected growth and the slack.

    The page gives ``board``: the rows of `Rows.board`.
    """
    bars = board_spec(names, without_base, lang)
    theme, schema = bars.pop("config"), bars.pop("$schema")
    theme["padding"] = 4
    theme["axis"] = theme["axis"] | {"labelLimit": 260, "labelFontSize": 11, "labelLineHeight": 12}
    bars |= {"width": BARS, "height": ROW * len(names)}
    for layer in bars["layer"]:
        _break_names(layer["encoding"])
    bars["layer"][0]["encoding"]["tooltip"] = _tooltip(lang)
    # The colours are explained beside the chart: a legend as wide as the bars would not fit.
    bars["layer"][0]["encoding"]["color"]["legend"] = None
    columns = _columns(names, lang)
    columns.pop("config", None)
    columns.pop("$schema", None)
    return {
        "$schema": schema,
        "config": theme,
        "hconcat": [bars, columns],
        "spacing": 4,
        "resolve": {"scale": {"y": "shared"}},
    }


def _break_names(encoding: dict[str, Any]) -> None:
    """Let names break in two lines where they would take too much room."""
    place = f"lastindexof(datum.label, '{BREAK}')"
    lines = f"[slice(datum.label, 0, {place}), slice(datum.label, {place} + {len(BREAK)})]"
    # The first of two lines stands above the middle of the bar, the second below.
    baseline = {"condition": {"test": f"{place} >= 0", "value": "bottom"}, "value": "middle"}
    encoding["y"]["axis"] = {"labelExpr": f"{place} < 0 ? datum.label : {lines}", "labelBaseline": baseline}


def _tooltip(lang: str) -> list[dict[str, str]]:
    fields = {
        "name": "target",
        "text": "probability",
        "goal": "target_value",
        "locator": "bench_locator",
        "equations": "equations",
    }
    return [{"field": field, "type": "nominal", "title": label(key, lang)} for field, key in fields.items()]


def _columns(names: Sequence[str], lang: str) -> dict[str, Any]:
    """Return required growth, expected growth and slack as columns of text; the tightest target is marked."""
    heads = [label(f"bench_{key}", lang) for key in GROWTHS]
    frame = alt.Chart(alt.NamedData("board")).encode(
        y=alt.Y("name:N", axis=None).scale(domain=list(names)),
    )
    axis = alt.Axis(
        orient="top", domain=False, ticks=False, labelAngle=0, title=label("bench_growths", lang), grid=False
    )
    texts = [
        frame.mark_text(align="right", dx=14, color=INK if key != "expected" else GREY).encode(
            x=alt.XDatum(head, type="nominal", axis=axis).scale(domain=heads), text=f"{key}_text:N"
        )
        for key, head in zip(GROWTHS, heads, strict=True)
    ]
    mark = frame.mark_text(align="left", dx=17, color=VERMILION, fontSize=11).encode(
        x=alt.XDatum(heads[-1], type="nominal", axis=axis), text=alt.Text("mark:N")
    )
    spec: dict[str, Any] = (
        alt.layer(*texts, mark).properties(width=COLUMNS, height=ROW * len(names)).to_dict()
    )
    return spec


def fan(years: Sequence[int]) -> dict[str, Any]:
    """Return the fan chart; the page gives the rows of `Rows.fan`, and the ends of the axis."""
    return fan_spec(years) | {"width": FAN, "height": FAN_HEIGHT}
