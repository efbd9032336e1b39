"""What receivers demand, as dated data, and what they would therefore answer."""
