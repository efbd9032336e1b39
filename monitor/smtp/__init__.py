"""The only place that opens SMTP connections outward."""
