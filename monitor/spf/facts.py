"""What DNS said of one list or domain, before anybody judges it: the input of findings and fix."""

from dataclasses import dataclass

from monitor.model.dns import Identity, IpAddress, PtrOutcome, SpfOutcome, SpfResult


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfFacts:
    """The records at the domain, every evaluation, and reverse DNS of every address."""

    domain: str
    records: tuple[str, ...] | None  # SPF records as published; None where DNS did not answer, which is not "none"
    trouble: str | None = None  # why DNS did not answer
    void4: int = 0  # void lookups that the record costs a client of IPv4 at worst
    denied: tuple[str, ...] = ()  # names that exist, though their name server says for some type that they do not
    type99: tuple[str, ...] = ()  # records of the abandoned type SPF (RFC 7208 section 3.1)
    results: tuple[SpfOutcome, ...] = ()
    ptrs: tuple[PtrOutcome, ...] = ()
    declared: tuple[IpAddress, ...] = ()
    observed: tuple[IpAddress, ...] = ()  # what the receiver saw lately; empty: it saw nothing

    @property
    def record(self) -> str | None:
        """The record, where there is exactly one."""
        return self.records[0] if self.records is not None and len(self.records) == 1 else None

    def of(self, identity: Identity) -> tuple[SpfOutcome, ...]:
        """The evaluations of one identity, in the order of the addresses."""
        return tuple(each for each in self.results if each.identity is identity)

    @property
    def refused(self) -> tuple[IpAddress, ...]:
        """Addresses whose mail does not pass for the mailfrom identity, DNS trouble left out."""
        good = {SpfResult.PASS, SpfResult.TEMPERROR}
        return tuple(each.client_ip for each in self.of(Identity.MAILFROM) if each.result not in good)
