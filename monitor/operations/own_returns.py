"""Where bounces of notices go: judged now and then by DNS, and made into the reverse-path of each notice."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from monitor.config.settings import Settings
from monitor.dmarc.evaluate import evaluate
from monitor.dns.answer import Resolver
from monitor.model.dns import Identity
from monitor.model.incidents import Notice
from monitor.notify.reverse_path import Returns, by_dns, goes_back_to_sender, without_dns
from monitor.operations.services import Services
from monitor.receiver.token_addresses import TokenAddresses
from monitor.receiver.zone import spf_record
from monitor.smtp.submission import parse_relay
from monitor.spf.check_host import check_host

SAMPLE: Final = "notice"  # a local part, for SPF; records that go by local parts are not ours

ReversePath = Callable[[Notice], str | None]


def returns_of(settings: Settings, resolver: Resolver, *, now: datetime) -> Returns:
    """Where bounces of notices go, and why. Raises nothing for DNS trouble: then they go where they always went."""
    notices, domains = settings.notices, [each.domain for each in settings.receivers]
    if notices.sender is None or notices.relay is None:
        return Returns(why="No notice leaves: notices.from and notices.relay are not set.")
    said = without_dns(notices, domains)
    if said is not None:
        return said
    domain, helo = domains[0], parse_relay(notices.relay).host
    spf = [
        check_host(
            resolver,
            client_ip=each,
            reverse_path=f"{SAMPLE}@{domain}",
            helo=helo,
            identity=Identity.MAILFROM,
            now=now,
        )
        for each in notices.relay_outbound
    ]
    author = notices.sender.rpartition("@")[2]
    dmarc = evaluate(author, spf=spf, dkim=(), resolver=resolver)
    return by_dns(domain, spf, dmarc, record=spf_record(notices.relay_outbound))


def reverse_paths(services: Services) -> ReversePath:
    """The reverse-path of a notice at the receiver; None where it leaves with `notices.from`."""
    settings, store = services.settings(), services.store
    known = without_dns(settings.notices, [each.domain for each in settings.receivers])
    domain = store.suppressions.returns() if known is None else known.domain
    if not domain or domain not in {each.domain for each in settings.receivers}:
        return lambda _: None
    addresses = TokenAddresses(
        keys=store.signing_keys.all,
        list_ids=lambda: frozenset(each.id for each in services.lists()),
        rules=services.rules,
        clock=services.now,
    )
    return lambda notice: (
        None if goes_back_to_sender(notice) else addresses.notice_address(notice.list_id, notice.id, domain)
    )
