"""What every other folder stands on: reading files, collecting problems, units."""
