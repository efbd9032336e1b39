"""What became of our test messages."""
