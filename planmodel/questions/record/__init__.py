"""The record: manifests, scores of earlier outlooks, and why the odds moved."""
