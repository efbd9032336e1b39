"""Letters to postmasters, and the standards they cite."""
