"""What it takes: growth needed from here, driver paths, the cheapest mix of measures."""
