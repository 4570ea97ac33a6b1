"""Reports: tables, words and pages of one, and batches of them in forked kernels."""
