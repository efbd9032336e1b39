"""SMTP TLS reports: how senders fared with the TLS of those who take a domain's mail."""
