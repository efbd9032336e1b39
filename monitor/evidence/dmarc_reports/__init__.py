"""DMARC aggregate reports: what a receiver's own checks saw of mail in a domain's name."""
