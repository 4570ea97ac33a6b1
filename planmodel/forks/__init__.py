"""Kernels forked from a server that has its imports done. Knows nothing of plans."""
