"""All that tells how receivers take a list's mail, one folder a kind."""
