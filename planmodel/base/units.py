"""Units of the figures in plan and observation files, and their conversion."""

from __future__ import annotations

# Factor of each unit to the smallest unit of its own dimension. Units of different dimensions never convert.
_FACTORS: dict[str, dict[str, float]] = {
    "money": {
        "元": 1.0,
        "万元": 1e4,
        "亿元": 1e8,
        "万亿元": 1e12,
        "yuan": 1.0,
        "100m yuan": 1e8,
        "trn yuan": 1e12,
    },
    "count": {"家": 1.0, "个": 1.0, "人": 1.0, "户": 1.0, "项": 1.0, "万人": 1e4, "万户": 1e4, "count": 1.0},
    "percent": {"%": 1.0},
    "index": {"index": 1.0},
}
_DIMENSION = {unit: dimension for dimension, units in _FACTORS.items() for unit in units}

KNOWN_UNITS = tuple(_DIMENSION)


def convertible(source: str, target: str) -> bool:
    """Whether a figure in `source` units can be expressed in `target` units."""
    return source in _DIMENSION and _DIMENSION[source] == _DIMENSION.get(target)


def conversion_factor(source: str, target: str) -> float:
    """Number of `target` units in one `source` unit, e.g. 1 万亿元 = 10,000 亿元.

    Raises
    ------
    ValueError
        If a unit is unknown or the two measure different things.
    """
    if not convertible(source, target):
        raise ValueError(f"unit {source!r} cannot be converted to {target!r}")
    dimension = _FACTORS[_DIMENSION[source]]
    return dimension[source] / dimension[target]
