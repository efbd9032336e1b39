"""Telling owners: mail and webhooks."""
