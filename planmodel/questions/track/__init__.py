"""On track or not: metrics, schemes, milestones, the revision rule."""
