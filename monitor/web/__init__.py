"""Pages, API and metrics."""
