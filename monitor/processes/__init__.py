"""Processes of `staysub run` and of its parts: started, watched, logged, ended together."""
