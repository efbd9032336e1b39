"""What DNS says."""
