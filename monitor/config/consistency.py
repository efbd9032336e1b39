"""What must hold between keys.

Works on the file as read, so that these faults are told together with those of single keys.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from monitor.config.endpoints import is_loopback, parse_domain, split_endpoint
from monitor.config.faults import Fault
from monitor.config.field_types import policy_value
from monitor.errors import ConfigError
from monitor.managers.catalogue import DEFAULT_MANAGER, MANAGERS
from monitor.model.dns import IpAddress
from monitor.mtas.catalogue import DEFAULT_MTA, MTAS, WITH_LOGS
from monitor.mtas.parties import parties


def inconsistencies(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults between keys; whatever has the wrong shape is left to the checks of single keys."""
    lists = [one for one in _array(document.get("list")) if isinstance(one, dict)]
    yield from _web(_table(document.get("web")))
    yield from _receivers(document.get("receiver"))
    yield from _one_door(_table(document.get("web")), document.get("receiver"))
    yield from _notices(_table(document.get("notices")), lists)
    yield from _mta_logs(_array(document.get("mta_log")))
    yield from _unique_ids("list", _array(document.get("list")))
    for n, one in enumerate(_array(document.get("list"))):
        if isinstance(one, dict):
            yield from _outbound(f"list[{n}]", one)
            yield from _subscribers(f"list[{n}]", one)
            yield from _webhooks(f"list[{n}]", one)
            yield from _policy(f"list[{n}]", one)


def _web(web: Mapping[str, Any]) -> Iterator[Fault]:
    if "user_header" in web and not web.get("proxies"):
        yield "web.proxies", "is missing: user_header is believed of named proxies only; give their addresses"
    try:
        host, _ = split_endpoint(web.get("listen", "127.0.0.1:8025"))
    except ValueError:
        return
    if not is_loopback(host) and not {"token", "user_header"} & web.keys():
        need = f"is missing: {host} can be reached by others, so pages and API need a token"
        yield "web.token", f'{need}; write token = {{file = "…"}}, or listen on 127.0.0.1'


def _receivers(given: object) -> Iterator[Fault]:
    """Of `[receiver]`, or of each `[[receiver]]`: by their domains mail finds them, by their ids people do."""
    several = _array(given)
    yield from _unique_ids("receiver", several)
    for n, one in enumerate(several):
        if isinstance(one, dict):
            yield from _certificate(f"receiver[{n}]", one)
            if "id" not in one:
                yield f"receiver[{n}].id", 'is missing: give each [[receiver]] a short name, such as "ams1"'
    domains = (_table(one).get("domain") for one in several)
    for n, first in _repeated(None if each is None else str(each).lower().removesuffix(".") for each in domains):
        name = _table(several[first]).get("id", first + 1)
        sentence = f"is that of receiver {name!r}, which would get the mail; give each its own"
        yield f"receiver[{n}].domain", sentence
    yield from _certificate("receiver", _table(given))


def _mta_logs(several: list[Any]) -> Iterator[Fault]:
    """Each is either a file or a journal; it is told from the others by its id, which may be its kind."""
    tables = [_table(each) for each in several]
    for n, one in enumerate(tables):
        kind = one.get("kind")
        if isinstance(kind, str) and kind in MTAS and kind not in WITH_LOGS:
            read = ", ".join(WITH_LOGS)
            yield f"mta_log[{n}].kind", f"{kind!r} has no log that Staysub reads; those that have are {read}"
        if "path" in one and one.get("journal"):
            yield f"mta_log[{n}].journal", "stands beside path: a log is either a file or a journal; remove one"
        elif "path" not in one and not one.get("journal"):
            yield f"mta_log[{n}].path", 'is missing: give the log file, such as "/var/log/mail.log", or journal'
    ids = [name if isinstance(name := one.get("id", one.get("kind")), str) else None for one in tables]
    for n, first in _repeated(ids):
        yield f"mta_log[{n}].id", f"{ids[n]!r} is already the id of mta_log {first + 1} of the file; each needs its own"
    paths = [path if isinstance(path := one.get("path"), str) else None for one in tables]
    for n, first in _repeated(paths):
        yield f"mta_log[{n}].path", f"is also the path of mta_log {first + 1} of the file; its lines would count twice"


def _one_door(web: Mapping[str, Any], receiver: object) -> Iterator[Fault]:
    """Pages and receiver at one port of one machine; of several receivers some may be on others."""
    receivers = _array(receiver) or [receiver]
    if len(receivers) != 1 or not isinstance(receivers[0], dict):
        return
    try:
        pages, pages_port = _place(web.get("listen", "127.0.0.1:8025"))
        mail, mail_port = _place(receivers[0].get("listen", "[::]:25"))
    except ValueError:
        return
    overlap = pages == mail or (pages.version == mail.version and (pages.is_unspecified or mail.is_unspecified))
    if pages_port == mail_port and overlap:
        where = "receiver[0]" if isinstance(receiver, list) else "receiver"
        yield f"{where}.listen", f"is port {mail_port}, where the pages listen (web.listen); give one of them another"


def _place(listen: object) -> tuple[IpAddress, int]:
    """Address and port; "localhost" is taken for the one over IPv6, as the receiver speaks nothing else."""
    host, port = split_endpoint(listen)
    return ip_address("::1" if host == "localhost" else host), port


def _certificate(where: str, receiver: Mapping[str, Any]) -> Iterator[Fault]:
    for has, lacks in (("tls_certificate", "tls_key"), ("tls_key", "tls_certificate")):
        if has in receiver and lacks not in receiver:
            yield f"{where}.{lacks}", f"is missing; {has} needs it"


def _notices(notices: Mapping[str, Any], lists: list[dict[str, Any]]) -> Iterator[Fault]:
    owned = [str(one.get("id", "a list")) for one in lists if one.get("owners")]
    if not owned:
        return
    wants = {
        "from": "the address that notices are from",
        "relay": 'the server that takes them, such as "smtp://localhost:25"',
    }
    for key, meaning in wants.items():
        if key not in notices:
            yield f"notices.{key}", f"is missing: the owners of {owned[0]} could not be told; give {meaning}"


def _unique_ids(key: str, tables: list[Any]) -> Iterator[Fault]:
    names = [name if isinstance(name := _table(one).get("id"), str) else None for one in tables]
    for n, first in _repeated(names):
        yield f"{key}[{n}].id", f"{names[n]!r} is already the id of {key} {first + 1} of the file; each needs its own"


def _outbound(where: str, one: Mapping[str, Any]) -> Iterator[Fault]:
    outbound = _array(one.get("outbound"))
    for n, first in _repeated(_read(ip_address, text) for text in outbound):
        yield f"{where}.outbound[{n}]", f"{outbound[n]} is there twice, first as outbound[{first}]; remove one"


def _subscribers(where: str, one: Mapping[str, Any]) -> Iterator[Fault]:
    """The same domain in two spellings would silently lose one of its counts."""
    domains = list(_table(one.get("subscribers")))
    for n, first in _repeated(_read(parse_domain, text) for text in domains):
        yield f'{where}.subscribers."{domains[n]}"', f"is the same domain as {domains[first]!r}; add the two counts up"


def _webhooks(where: str, one: Mapping[str, Any]) -> Iterator[Fault]:
    for n, hook in enumerate(_array(one.get("webhook"))):
        if not isinstance(hook, dict) or hook.get("format", "standard") != "standard":
            continue
        if hook.get("secret", []) == []:
            yield f"{where}.webhook[{n}].secret", 'is missing; format "standard" signs every call with it'


def _policy(where: str, one: Mapping[str, Any]) -> Iterator[Fault]:
    """Settings that the list manager does not know; those of the MTA are read alike for every MTA."""
    overrides, manager = _table(one.get("bounce_policy")), one.get("manager", DEFAULT_MANAGER)
    if (
        not overrides
        or not isinstance(manager, str)
        or manager not in MANAGERS
        or any(_read(policy_value, value) is None for value in overrides.values())
    ):
        return
    try:
        parties(manager, DEFAULT_MTA, overrides)
    except ConfigError as error:
        for key, sentence in error.faults:
            yield f"{where}.bounce_policy.{key}", sentence


def _repeated(values: Iterable[object]) -> Iterator[tuple[int, int]]:
    """Of each value that stood before already: its place, and that of the first. None is no value."""
    firsts: dict[object, int] = {}
    for n, value in enumerate(values):
        if value is not None and firsts.setdefault(value, n) != n:
            yield n, firsts[value]


def _read(parse: Callable[[Any], object], value: object) -> object | None:
    """What it says; None where it cannot be read."""
    try:
        return parse(value)
    except ValueError:
        return None


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _array(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
