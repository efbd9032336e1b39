"""The only place that opens HTTP connections outward."""
