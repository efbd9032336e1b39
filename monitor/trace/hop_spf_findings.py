"""What SPF results on a message's way mean: for the list, for a forwarder, or for the receiver alone.

Only what the recipient's domain wrote itself is believed (RFC 8601 section 1.2), and a bad result wherever it may have
written it: nobody forges one against himself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.special_addresses import can_be_named
from monitor.phrase.phrase import joined, say
from monitor.trace.authentication import AuthenticationResult
from monitor.trace.boundary import Path, admd_name, keeps_reverse_paths
from monitor.trace.forwarding import Between

# How bad an SPF result at the border is, and what it says; pass says nothing (RFC 7208 section 8).
_BAD: Final = {
    "fail": (Severity.CRITICAL, "section 8.4"),
    "permerror": (Severity.CRITICAL, "section 8.7"),
    "softfail": (Severity.WARNING, "section 8.5"),
    "neutral": (Severity.WARNING, "section 8.2"),
    "none": (Severity.WARNING, "section 8.1"),
}
_OF_THE_RECORD: Final = frozenset({"none", "permerror"})  # whatever the address (RFC 7208 sections 2.6.1 and 2.6.7)
_OF_THE_ADDRESS: Final = frozenset({"fail", "softfail", "neutral", "hardfail", "policy"})
_TEMPERROR: Final = frozenset({"temperror", "error"})  # "error" is what RFC 4408 called it


def spf_findings(path: Path, results: Sequence[AuthenticationResult], between: Between | None) -> Iterator[Finding]:
    """One finding for each result that is not pass, by whose matter it is."""
    yield from _at_the_entry(path, results, between)
    yield from _inside(path, results)
    yield from _gateway(path, results)


def is_believed(result: AuthenticationResult) -> bool:
    """Whether a bad result counts."""
    return result.trusted or result.unproven


def evidence_of(result: AuthenticationResult) -> dict[str, str | int | float | bool | list[str] | None]:
    """Where and by whom the result was written."""
    return {
        "result": result.result,
        "client_ip": str(result.client_ip) if result.client_ip is not None else None,
        "domain": result.domain,
        "hop": result.hop,
        "authserv_id": result.authserv_id,
        "field": result.field,
    }


def recipients_name(path: Path) -> str:
    """How to call the recipient's domain at the beginning of a sentence."""
    return admd_name(path.admd) or say("The receiver")


def _at_the_entry(path: Path, results: Sequence[AuthenticationResult], between: Between | None) -> Iterator[Finding]:
    seen = set()
    for each in results:
        if each.method != "spf" or not is_believed(each) or not _is_at_the_entry(path, each) or each.result in seen:
            continue
        seen.add(each.result)
        if each.result in _TEMPERROR:
            yield _unfinished(path, each)
        elif each.result in _OF_THE_RECORD:
            yield _about_the_record(path, each)
        elif each.result in _BAD and each.where == "boundary":
            yield _at_the_border(path, each, between)
        elif each.result in _BAD and path.entry is not None and path.entry.between_customers:
            yield _between_customers(path, each)


def _at_the_border(path: Path, result: AuthenticationResult, between: Between | None) -> Finding:
    """A bad result by who its client is: a receiver behind a filter may look past that, at the list's own host."""
    past = path.entry is None or result.hop != path.entry.hop.n
    role = "sender" if between is None or past else between.role(result.domain)
    if between is None or role == "sender":
        return _about_the_address(path, result)
    return (
        _forwarded(path, result, admd_name(between.admd)) if role == "forwarder" else _by_way_of(path, result, between)
    )


def _is_at_the_entry(path: Path, result: AuthenticationResult) -> bool:
    at_entry = path.entry is not None and result.hop == path.entry.hop.n
    return result.where == "boundary" or (result.where == "inside" and at_entry)


def _unfinished(path: Path, result: AuthenticationResult) -> Finding:
    return Finding(
        code="hop.spf-temperror",
        severity=Severity.UNKNOWN,
        message=say(
            "{receiver} could not finish its SPF check: DNS did not answer in time. "
            "That says nothing about the record. See that all name servers of the domain answer over IPv4 and IPv6.",
            receiver=recipients_name(path),
        ),
        evidence=evidence_of(result),
        reference="RFC 7208 section 8.6 and appendix G.4",
    )


def _about_the_record(path: Path, result: AuthenticationResult) -> Finding:
    """None and permerror: whatever the address was."""
    owner = _owner(result)
    advice = (
        say("Publish an SPF record at {domain} that names every address the list's mail leaves from.", domain=owner)
        if result.result == "none"
        else say(
            "The SPF record of {domain} cannot be used as it stands: `staysub check` says what is wrong in it.",
            domain=owner,
        )
    )
    return _spf_fail(path, result, advice)


def _about_the_address(path: Path, result: AuthenticationResult) -> Finding:
    owner = _owner(result)
    advice = say("If that address sends the list's mail, authorise it in the SPF record of {domain}.", domain=owner)
    fix = None
    if result.client_ip is not None and can_be_named(result.client_ip):
        fix = Fix(  # a message does not tell what else the record has to say
            action=FixAction.CHANGE,
            name=say("the SPF record of {domain}", domain=owner),
            type="",
            value=say(
                "If {address} sends the list's mail, name it there: `staysub check` says how.", address=result.client_ip
            ),
        )
    return _spf_fail(path, result, advice, fix=fix)


def _by_way_of(path: Path, result: AuthenticationResult, between: Between) -> Finding:
    """By a host of which nobody can tell whether the list, or the recipient, chose it."""
    advice = say(
        "The mail came by way of {host}. If the list sends by it, the SPF record of {domain} has to name it as its "
        "documentation says. If it forwards or filters for the recipient, nothing is to be authorised.",
        host=admd_name(between.admd),
        domain=_owner(result),
    )
    return replace(_spf_fail(path, result, advice, see=" and appendix D"), severity=Severity.WARNING)


def _forwarded(path: Path, result: AuthenticationResult, forwarder: str) -> Finding:
    """The forwarder's address does not pass for the list's reverse-path, and need not."""
    parts = {
        "forwarder": forwarder,
        "domain": _owner(result),
        "receiver": recipients_name(path),
        "result": result.result,
        "address": result.client_ip,
    }
    kept = (
        say(
            "The mail was forwarded by {forwarder}, which kept the reverse-path of {domain}: that is why {receiver} got "
            "{result}.",
            **parts,
        )
        if result.client_ip is None
        else say(
            "The mail was forwarded by {forwarder}, which kept the reverse-path of {domain}: that is why {receiver} got "
            "{result} for {address}, its address.",
            **parts,
        )
    )
    nothing = say(
        "The list has nothing to authorise. The forwarder can use a reverse-path of its own; where it changes nothing else, "
        "a DKIM signature of the list's own domain still passes."
    )
    return Finding(
        code="hop.forwarded",
        severity=Severity.WARNING,
        message=joined(" ", (kept, nothing)),
        evidence=evidence_of(result) | {"forwarder": forwarder},
        fix=Fix(
            action=FixAction.ASK,
            name=say("postmaster of {domain}", domain=forwarder),
            type="",
            value=say("forward with a reverse-path of your own (SRS)"),
        ),
        reference="RFC 7208 appendix D",
    )


def _between_customers(path: Path, result: AuthenticationResult) -> Finding:
    """The provider judged its own address, when one of its customers wrote to another."""
    provider = recipients_name(path)
    if result.client_ip is not None and keeps_reverse_paths(path.admd, result.client_ip):
        return _forwarded(path, result, say("another customer of {provider}", provider=provider))
    parts = {"provider": provider, "result": result.result, "domain": _owner(result), "address": result.client_ip}
    return Finding(
        code="hop.spf-between-customers",
        severity=Severity.WARNING,
        message=say(
            "The mail went from one customer of {provider} to another and never left it. SPF was checked against an address "
            "of the provider's own, and got {result}. Do not name that address: if mail of {domain} is sent by {provider}, "
            "its SPF record has to include what the provider's documentation says.",
            **parts,
        )
        if result.client_ip is None
        else say(
            "The mail went from one customer of {provider} to another and never left it. SPF was checked against an address "
            "of the provider's own, {address}, and got {result}. Do not name that address: if mail of {domain} is sent by "
            "{provider}, its SPF record has to include what the provider's documentation says.",
            **parts,
        ),
        evidence=evidence_of(result),
        reference="RFC 7208 section 11.4",
    )


def _spf_fail(
    path: Path, result: AuthenticationResult, advice: str, *, fix: Fix | None = None, see: str = ""
) -> Finding:
    severity, section = _BAD[result.result]
    parts = {"receiver": recipients_name(path), "result": result.result, "address": result.client_ip}
    got = (
        say("{receiver} checked SPF at its border and got {result}.", **parts)
        if result.client_ip is None
        else say("{receiver} checked SPF at its border and got {result} for {address}.", **parts)
    )
    return Finding(
        code="hop.spf-fail",
        severity=severity,
        message=joined(" ", (got, advice)),
        evidence=evidence_of(result),
        fix=fix,
        reference=f"RFC 7208 {section}{see}",
    )


def _owner(result: AuthenticationResult) -> str:
    return result.domain or say("the reverse-path's domain")


def _inside(path: Path, results: Sequence[AuthenticationResult]) -> Iterator[Finding]:
    """Checks again behind the border, of the domain's own addresses: false, and told of every domain on the way.

    Not where the mail began: a domain that looks at its own users' mail judges nobody's list.
    """
    at_border = next((each for each in results if each.method == "spf" and each.where == "boundary"), None)
    seen = set()
    for each in results:
        if each.method != "spf" or each.where != "inside" or each.result not in _OF_THE_ADDRESS | _TEMPERROR:
            continue
        if each.hop is None or (each.hop, each.result) in seen or _is_no_second_check(path, each.hop):
            continue
        seen.add((each.hop, each.result))
        admd = next((placed.admd for placed in path.hops if placed.hop.n == each.hop), path.admd)
        false = say(
            "SPF was checked again inside {domain}, against {address}, which is not the address that the mail came from: "
            "the result {result} is false and says nothing about the list.",
            domain=admd_name(admd) or say("the domain"),
            address=each.client_ip or say("an inside address"),
            result=each.result,
        )
        before = "" if at_border is None else say("At the border it was {result}.", result=at_border.result)
        nothing = say("Nothing can be mended in DNS; show this to the receiver's postmaster.")
        yield Finding(
            code="hop.spf-inside-boundary",
            severity=Severity.WARNING,
            message=joined(" ", (false, before, nothing)),
            evidence=evidence_of(each) | {"at_boundary": at_border.result if at_border is not None else None},
            fix=_ask(admd, say("check SPF at the border only")),
            reference="RFC 7208 appendix F and section 2.5",
        )


def _is_no_second_check(path: Path, n: int) -> bool:
    """Whether the hop is the border itself, one between customers, or in the domain where the mail was written."""
    placed, visit = path.hops[n - 1], path.visit_of(n)
    began_here = visit[:1] == path.hops[:1] and not any(each.crossing for each in visit if each.hop.n <= n)
    return placed.hidden_client or placed.between_customers or placed == path.entry or began_here


def _gateway(path: Path, results: Sequence[AuthenticationResult]) -> Iterator[Finding]:
    """The recipient's domain sees a gateway of its own in place of the client."""
    entry = path.entry
    if entry is None or not entry.hidden_client:
        return
    there = [each for each in results if is_believed(each) and each.hop == entry.hop.n and each.where == "inside"]
    judged = next((each for each in there if each.result in _OF_THE_ADDRESS), None)
    if judged is None and (entry.hop.client_ip is None or entry.hop.client_ip.is_loopback):
        return  # a filter or proxy of the host itself, which has harmed nobody
    who, seen = recipients_name(path), entry.hop.client_ip
    message = (
        say(
            "{receiver} does not see where the mail comes from: its server {host} took it from {address}, an address inside "
            "its own network, because a gateway there (address translation, a container's network or a proxy) hides the "
            "client's. SPF was checked against it and got {result}, which is false. Nothing is to be authorised for the "
            "list; it is the receiver's to mend.",
            receiver=who,
            host=entry.hop.by_host,
            address=seen,
            result=judged.result,
        )
        if judged is not None
        else say(
            "{receiver} took the mail from {address}, an address inside its own network. If a gateway there (address "
            "translation, a container's network or a proxy) hides the client's, SPF and block lists are asked about the "
            "gateway. That is the receiver's to see to, and nothing for the list.",
            receiver=who,
            address=seen,
        )
    )
    yield Finding(
        code="hop.client-hidden",
        severity=Severity.WARNING if judged is not None else Severity.INFO,
        message=message,
        evidence=(evidence_of(judged) if judged is not None else {})
        | {"client_ip": str(seen), "hop": entry.hop.n, "from": entry.hop.from_host, "by": entry.hop.by_host},
        fix=_ask(path.admd, say("let the mail server see the client's address; it sees {address}", address=seen)),
        reference="RFC 7208 section 2.5; RFC 6890",
    )


def _ask(admd: str, value: str) -> Fix:
    name = say("postmaster of {domain}", domain=admd_name(admd))
    return Fix(action=FixAction.ASK, name=name, type="", value=value)
