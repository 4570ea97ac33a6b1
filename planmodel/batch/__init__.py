"""Many reports, and sweeps: selection, journal, executors, index."""
