"""What may come: shocks, driver paths and measures, read, checked and combined."""
