"""The resolver that the product asks: cached, joined, over the system's or the configured name servers."""

from monitor.dns.answer import Answer, Resolver, Unanswered

__all__ = ["Answer", "Resolver", "Unanswered"]
