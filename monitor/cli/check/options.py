"""What the options of `staysub check` say of whom to ask about."""

from dataclasses import dataclass

from monitor.model.dns import IpAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the options say instead of what would be known without them; empty and None say nothing."""

    ips: tuple[IpAddress, ...]
    mail_from: str | None
    helo: str | None
    elsewhere: bool  # other name servers are asked than the worker asks

    @property
    def as_watched(self) -> bool:
        """Whether a list is asked about as it is watched: not from another address or in another name."""
        return not self.ips and self.mail_from is None and not self.helo
