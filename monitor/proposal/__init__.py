"""What a new user's configuration could say: what DNS tells of a list, and what is proposed from it."""
