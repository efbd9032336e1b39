"""MTAs, one folder a kind: what each makes of a refusal, and when it tries again."""
