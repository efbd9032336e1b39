"""Probes that arrived at our receiver."""
