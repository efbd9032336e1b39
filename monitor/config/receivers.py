"""A receiver as the configuration describes it: `[receiver]`, or several times `[[receiver]]`."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, WrapValidator

from monitor.config.field_types import Domain, FilePath, ListenV6, ListId, Network
from monitor.config.section import ReadBy, Section
from monitor.model.vantage import ONLY, Vantage


class ReceiverSettings(Section):
    """The IPv6-only SMTP server that probes are sent to. Without it no list is probed; checks go on.

    Several, at different places in the network, take turns: write [[receiver]] for each, with an id, domain and
    hostname of its own, and start each where it is.
    """

    makes = Vantage

    id: ListId = Field(
        default=ONLY,
        description="Short name, for `staysub receiver --id`; demanded with [[receiver]]. What was [receiver] before goes on "
        'as "receiver".',
        examples=[ONLY],
    )
    domain: Domain = Field(
        description="Domain of the probes' addresses. It needs an MX record that leads to hostname; "
        "`staysub receiver --dns` prints the zone.",
        examples=["v6.probe.example.org"],
    )
    hostname: Domain = Field(
        description="The receiver's own name: it has an AAAA record and no A record.",
        examples=["mx.v6.probe.example.org"],
    )
    listen: ListenV6 = Field(
        default="[::]:25", description="IPv6 address and port to listen on. Never IPv4.", examples=["[::]:25"]
    )
    tls_certificate: FilePath | None = Field(
        default=None,
        description="Certificate chain for STARTTLS, as PEM; tls_key belongs to it.",
        examples=["/etc/staysub/receiver.crt"],
    )
    tls_key: FilePath | None = Field(
        default=None, description="Key of the certificate, as PEM.", examples=["/etc/staysub/receiver.key"]
    )
    proxies: tuple[Network, ...] = Field(
        default=(),
        description="Networks whose PROXY protocol header is believed. Only for a load balancer of your own.",
        examples=[["2001:db8:7::/64"]],
    )


def _one_or_several(
    given: Any, read: Callable[[Any], tuple[Vantage, ...]], info: ValidationInfo
) -> tuple[Vantage, ...]:
    """`[receiver]` is one, with faults at `receiver.domain`; those of the second are at `receiver[1].domain`."""
    if isinstance(given, list | tuple):
        return read(given)
    if isinstance(given, Vantage):
        return (given,)
    return (ReceiverSettings.model_validate(given, context=info.context).value(),)


Receivers = Annotated[tuple[Annotated[Vantage, ReadBy(ReceiverSettings)], ...], WrapValidator(_one_or_several)]
