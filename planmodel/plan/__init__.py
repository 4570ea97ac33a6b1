"""What a plan promises: its files, checks, variables, and whether its figures agree."""
