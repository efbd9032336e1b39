"""Octets that strangers send to do harm: the readers that meet them, and a library of their shapes."""
