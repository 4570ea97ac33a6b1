"""What can be said of a simulated probability that is small."""

from __future__ import annotations

# A simulated probability below this is told as an upper bound.
SMALLEST_SHOWN = 0.001

# One-sided 95 % bound of a simulated probability: normal, or 3/n where no draw reached it.
NORMAL_95 = 1.645
RULE_OF_THREE = 3.0
