"""What the workers do: one operation a file, each safe to repeat."""
