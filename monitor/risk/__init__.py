"""From evidence to a date: failure rate, retries, forecast, level."""
