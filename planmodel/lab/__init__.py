"""The bench: widgets over a plain state, and the dashboard that serves it."""
