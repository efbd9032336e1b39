"""The IPv6-only SMTP server that probes arrive at."""
