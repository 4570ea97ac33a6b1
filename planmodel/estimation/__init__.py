"""Estimates from a panel of cities: growth, its persistence, and the reference class."""
