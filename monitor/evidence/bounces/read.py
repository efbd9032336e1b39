"""From bounces to evidence about a list: who refused its posts, under which rule, without any subscriber's address."""

import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from monitor.evidence.canary.read import notices
from monitor.evidence.entry import digest_of_post
from monitor.evidence.sketch import OCTETS
from monitor.model.evidence import AdmissionAction, BounceReport
from monitor.mtas.names import without_names
from monitor.trace.addresses import ADDRESS
from monitor.trace.bounce import Bounce
from monitor.trace.diagnosis import Diagnosis

DOMAINS_MAX: Final = 100  # of one report
TEXT_CHARS_MAX: Final = 200  # of a reply that is kept
VERP_CHARS_MAX: Final = 320  # a subscriber's address at its longest, RFC 5321 section 4.5.3.1
ADDRESS_TAKEN_OUT: Final = "<address>"
_QUERY: Final = re.compile(r"(https?://[^\s?#]{1,300})[?#]\S*")  # behind it a link may name sender and recipient
# Quoted local parts, address literals, and what is encoded for a link, a page or a header.
_ODD_ADDRESS: Final = re.compile(
    r"\"(?:[^\"\\]|\\.){1,64}\"@\S{1,255}|[^\s<>@]{1,64}@\[[^\]\s]{1,64}\]|"
    r"[^\s<>]{0,128}(?:%(?:25){0,3}40|=40|&#(?:64|x40);|&commat;|\\@)[^\s<>]{0,255}",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(rf"<?{ADDRESS}>?")


def reports_of(
    bounce: Bounce,
    diagnoses: Sequence[Diagnosis],
    *,
    list_id: str,
    key: bytes,
    now: datetime,
    probe_domains: Collection[str] = (),
) -> tuple[BounceReport, ...]:
    """What a bounce tells of a list: one report for each class, receiver, rule and family in it.

    The empty tuple where it is no bounce.

    What comes back of the list manager's own notices, such as that delivery is disabled, is no refused post.

    Only what failed for good counts: a warning that a message is delayed is no refusal yet. Recipients in
    `probe_domains` are no subscribers: see `of_probes`. `key` is the installation's own, for digests of recipients.
    """
    if is_of_notice(bounce):
        return ()
    at = min(bounce.post_dated or bounce.dated or now, now)
    post = digest_of_post(
        bounce.post_message_id, title=bounce.post_title if _is_to_one(bounce) else "", dated=bounce.post_dated, at=at
    )
    names = {each.failure.final_recipient.rpartition("@")[0] for each in diagnoses} - {""}
    groups: dict[tuple[str, str | None, str | None], dict[int | None, list[Diagnosis]]] = {}
    for each in diagnoses:
        if each.failure.action == "failed" and each.failure.recipient_domain not in probe_domains:
            group_key = (each.kind, each.receiver, each.rule.id if each.rule is not None else None)
            groups.setdefault(group_key, {}).setdefault(each.family, []).append(each)
    return tuple(
        BounceReport(
            list_id=list_id,
            id=f"{bounce.id}:{kind}:{receiver or ''}:{rule or ''}:{family or ''}",
            at=at,
            kind=kind,
            receiver=receiver,
            rule=rule,
            about=members[0].rule.about if members[0].rule is not None else None,
            action=AdmissionAction.DEFER if all(each.soft for each in members) else AdmissionAction.REJECT,
            family=family,
            recipients=len(members),
            domains=tuple(sorted({each.failure.recipient_domain for each in members} - {""}))[:DOMAINS_MAX],
            told_at=now,
            post=post,
            members=tuple(sorted({_member(key, each, bounce) for each in members})),
            text=sample(next((each.reply for each in members if each.reply), ""), names),
        )
        for (kind, receiver, rule), group in groups.items()
        for family, members in _by_family(group).items()
    )


def is_of_notice(bounce: Bounce) -> bool:
    """Whether what came back is a notice that the list manager wrote to one subscriber.

    By its mark; or by its subject, where it is addressed to the subscriber: posts are addressed to the list.
    """
    if bounce.post_is_administrative:
        return True
    known = notices() if _is_to_one(bounce) and not bounce.post_is_reply else ()
    return any(each.field is None and each.subject.search(bounce.post_subject) for each in known)


def _is_to_one(bounce: Bounce) -> bool:
    """Whether the message that came back is addressed to the subscriber, as notices and some managers' posts are."""
    return any(each.final_recipient and each.final_recipient.lower() in bounce.post_to for each in bounce.failures)


def of_probes(diagnoses: Sequence[Diagnosis], *, probe_domains: Collection[str]) -> tuple[Diagnosis, ...]:
    """What a bounce says of probes: of recipients in the probe domains, delays too."""
    return tuple(each for each in diagnoses if each.failure.recipient_domain in probe_domains)


def list_of(bounce: Bounce, reverse_paths: Mapping[str, str]) -> str | None:
    """The list whose reverse-path the bounce came to, plain or with the subscriber in it (VERP); None for none of them.

    `reverse_paths` are list ids by reverse-path.
    """
    for reverse_path, list_id in reverse_paths.items():
        local, _, domain = reverse_path.lower().rpartition("@")
        named = rf"(?<![\w.+-]){re.escape(local)}(?:[+-][^\s@<>]{{0,{VERP_CHARS_MAX}}})?@{re.escape(domain)}(?![\w.-])"
        if re.search(named, bounce.addressed_to):
            return list_id
    return None


def member_digest(key: bytes, address: str) -> int:
    """What stands for a subscriber: a digest of the address in lower case, keyed (HMAC-SHA256, RFC 2104)."""
    return int.from_bytes(hmac.digest(key, address.lower().encode("utf-8", "replace"), "sha256")[:OCTETS], "big")


def sample(reply: str, names: Collection[str] = ()) -> str:
    """A reply as it may be kept and shown: in one line, cut, without any address; `names` are local parts."""
    line = _QUERY.sub(r"\1", " ".join(reply.split()))
    line = _ADDRESS.sub(ADDRESS_TAKEN_OUT, _ODD_ADDRESS.sub(ADDRESS_TAKEN_OUT, line))
    return without_names(line, names, ADDRESS_TAKEN_OUT)[:TEXT_CHARS_MAX]


def _member(key: bytes, diagnosis: Diagnosis, bounce: Bounce) -> int:
    """Of one whom the bounce does not name it is that bounce's own."""
    return member_digest(key, diagnosis.failure.final_recipient or f"unnamed {bounce.id}")


def _by_family(group: Mapping[int | None, list[Diagnosis]]) -> Mapping[int | None, list[Diagnosis]]:
    """Those whose family nothing tells go with the others where all of these have one: it was one post."""
    known = [family for family in group if family is not None]
    return {known[0]: [each for members in group.values() for each in members]} if len(known) == 1 else group
