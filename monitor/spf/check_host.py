"""check_host() of RFC 7208: who is checked, and both verdicts, strict and lenient, from one evaluation."""

from datetime import datetime

from monitor.dns.answer import Resolver
from monitor.dns.name import InvalidName, a_label
from monitor.model.dns import Identity, IpAddress, SpfOutcome, SpfResult, unmapped
from monitor.spf.evaluation import Evaluation


def check_host(
    resolver: Resolver,
    *,
    client_ip: IpAddress,
    reverse_path: str,
    helo: str,
    identity: Identity,
    now: datetime,
    waited_s: float = 0.0,
) -> SpfOutcome:
    """The result for one SMTP client and one identity, strict and lenient, with its whole trace.

    Always one of the seven results: DNS trouble and faults of our own are TEMPERROR, a domain that cannot have a record
    is NONE (section 4.3). A null reverse-path is checked as postmaster@HELO (section 2.4). `waited_s` is what an
    evaluation that begins anew has already spent of its time.
    """
    client_ip = unmapped(client_ip)
    local, domain = mailbox(reverse_path, helo, identity)
    try:
        domain = a_label(domain)
        usable = "." in domain
    except InvalidName:
        usable = False
    evaluation = Evaluation(resolver, client_ip, local, domain, helo, waited_s=waited_s)
    # Section 4.3: no domain name, or one of a single label, no result.
    result, problem = evaluation.result() if usable else (SpfResult.NONE, None)
    dns = evaluation.dns
    return SpfOutcome(
        identity=identity,
        domain=domain,
        client_ip=client_ip,
        reverse_path=reverse_path,
        helo=helo,
        result=SpfResult.PERMERROR if dns.limit_broken else result,
        lenient_result=result,
        mechanism=evaluation.mechanism,
        problem=dns.limit_broken or problem,
        lookups=dns.lookups,
        void=dns.void,
        limit=dns.limit,
        evaluated_at=now,
        trace=tuple(dns.trace.values()),
    )


def mailbox(reverse_path: str, helo: str, identity: Identity) -> tuple[str, str]:
    """Local-part and domain that are checked (sections 2.3, 2.4 and 4.3)."""
    if identity is Identity.HELO or not reverse_path:
        return "postmaster", helo
    local, at, domain = reverse_path.rpartition("@")
    return (local or "postmaster", domain) if at else ("postmaster", reverse_path)
