"""Sentences about answers; every figure in them is computed."""
