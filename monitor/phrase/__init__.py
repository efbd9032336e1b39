"""Sentences for people that remember how they were written, so that they can be said again in another language."""
