"""Bounces of the list's posts."""
