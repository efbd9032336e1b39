"""Test messages: token, text, submission, life."""
