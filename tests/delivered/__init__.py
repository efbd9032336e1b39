"""Logs held to the truth: a real Postfix delivers to receivers that count what they answer; the counts are compared."""
