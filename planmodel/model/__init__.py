"""A plan and its evidence compiled into one law, and the outlook under a scenario."""
