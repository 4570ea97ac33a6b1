"""Charts that follow sliders: specifications without rows, which a page fills and refills by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planmodel.base.messages import label
from planmodel.questions.odds.verdicts import VERDICTS
from planmodel.show.charts.targets import ROW, VERDICT_COLOURS, WIDTH, Chart
from planmodel.show.theme import BLUE, GREY, VERMILION, config
from planmodel.show.vega import alt

# Shades of the two bands, and the strokes of points by kind: the page's legend shows the same.
BANDS = {"band_80": "#cfe5f3", "band_50": "#8cc2e3"}
# Room for the number beside a full bar, in units of the axis.
BESIDE = 0.42
FAN_WIDTH = 600


def board_spec(names: Sequence[str], without_base: bool, lang: str = "zh") -> dict[str, Any]:
    """Return bars of probabilities; the page gives ``board``: name, probability, saved, text, verdict.

    The tick marks the probability in the saved scenario.
    """
    keys = [key for key in VERDICTS if without_base or key != "no_base"]
    colour = alt.Color("verdict:N").scale(
        domain=[label(key, lang) for key in keys], range=[VERDICT_COLOURS[key] for key in keys]
    )
    frame = alt.Chart(alt.NamedData("board")).encode(
        y=alt.Y("name:N", title=None).scale(domain=list(names)),
        tooltip=[
            alt.Tooltip("name:N", title=label("target", lang)),
            alt.Tooltip("text:N", title=label("probability", lang)),
        ],
    )
    x = (
        alt.X("probability:Q", title=label("probability", lang))
        .scale(domain=[0, 1 + BESIDE], nice=False)
        .axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], titleAnchor="start")
    )
    bars = frame.mark_bar(height=16).encode(x=x, color=colour)
    saved = frame.mark_tick(color="black", thickness=2, height=22).encode(x=alt.X("saved:Q"))
    numbers = frame.mark_text(align="left", dx=5).encode(x=alt.X("beside:Q"), text=alt.Text("text:N"))
    return _finished((bars + saved + numbers).properties(width=WIDTH, height=ROW * len(names)))


def fan_spec(years: Sequence[int]) -> dict[str, Any]:
    """Return a fan; the page gives ``bands`` (year, q10 … q90, saved), ``points`` and ``target``.

    `points` holds year, value, fill, stroke, kind and reason; `target` value and text, or nothing. The parameters
    ``low`` and ``high`` are the ends of the axis: rows that are missing could not give them.
    """
    year = alt.X("year:O", title=None).scale(domain=list(years)).axis(labelAngle=0)
    bands, points, target = (alt.Chart(alt.NamedData(name)) for name in ("bands", "points", "target"))
    low, high = alt.param(name="low", value=0), alt.param(name="high", value=1)
    scale = alt.Scale(zero=False, nice=True, domain=[alt.expr(low.name), alt.expr(high.name)])
    layers = [
        bands.mark_area(opacity=0.9, color=shade).encode(
            x=year, y=alt.Y(f"{lower}:Q", title=None, scale=scale), y2=f"{upper}:Q"
        )
        for (lower, upper), shade in zip((("q10", "q90"), ("q25", "q75")), BANDS.values(), strict=True)
    ]
    layers += [
        bands.mark_line(color=GREY, strokeDash=[2, 3], strokeWidth=2).encode(x=year, y=alt.Y("saved:Q")),
        bands.mark_line(color=BLUE, strokeWidth=2).encode(x=year, y=alt.Y("q50:Q")),
        # An invisible wide point a year, so that the tooltip is easy to reach.
        bands.mark_point(size=600, opacity=0).encode(x=year, y=alt.Y("q50:Q"), tooltip=_band_tooltip()),
        points.mark_point(size=80, strokeWidth=1.8, opacity=1, fillOpacity=1).encode(
            x=year,
            y=alt.Y("value:Q"),
            fill=alt.Fill("fill:N", scale=None),
            stroke=alt.Stroke("stroke:N", scale=None),
            tooltip=[
                alt.Tooltip("year:O"),
                alt.Tooltip("value:Q", format=",.4~g"),
                alt.Tooltip("kind:N"),
                alt.Tooltip("reason:N"),
            ],
        ),
        target.mark_rule(color=VERMILION, strokeDash=[5, 4], strokeWidth=1.5).encode(y=alt.Y("value:Q")),
        target.mark_text(align="left", dx=5, dy=-8, color=VERMILION).encode(
            y=alt.Y("value:Q"), x=alt.XValue(0), text=alt.Text("text:N")
        ),
    ]
    return _finished(alt.layer(*layers).add_params(low, high).properties(width=FAN_WIDTH, height=260))


def _band_tooltip() -> list[Any]:
    quantiles = ("q10", "q25", "q50", "q75", "q90")
    return [alt.Tooltip("year:O"), *(alt.Tooltip(f"{name}:Q", format=",.4~g") for name in quantiles)]


def _finished(chart: Chart) -> dict[str, Any]:
    spec: dict[str, Any] = chart.to_dict()
    return spec | {"config": config()}
