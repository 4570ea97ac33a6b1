"""Charts of a plan's targets and evidence, their theme and export."""
