"""What is shown, worked out from what is known; pure."""
