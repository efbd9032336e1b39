"""The languages that notices, pages and letters are in, their catalogues, and how each has numbers and days."""
