"""SPF: evaluation (RFC 7208), the anatomy of a record, what is wrong with it and how to mend it."""
