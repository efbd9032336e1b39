"""The sections of standards that one can point a postmaster to, with what each says in plain words; no quotations."""

from monitor.phrase.phrase import say

CLAUSES = {
    "RFC 7208 section 2.5": say(
        "SPF is checked while the message is being handed over, against the address of the client that hands it over."
    ),
    "RFC 7208 section 4.6.4": say(
        "A record may cost at most ten DNS lookups and should cost at most two void ones; beyond that it is a "
        "permerror."
    ),
    "RFC 7208 section 8.4": say(
        "Fail is the domain owner's own statement that this client may not use the name. A receiver that rejects "
        "for it should do so during the SMTP transaction, with 550 and 5.7.1 (since RFC 7372: 5.7.23)."
    ),
    "RFC 7208 section 8.5": say("Softfail is a weak statement: a receiver should not reject for it alone."),
    "RFC 7208 section 8.6": say(
        "Temperror is a passing trouble with DNS. A receiver that does not want to accept the message should defer "
        "it with 451 and 4.4.3 (since RFC 7372: 4.7.24), so that the client tries again."
    ),
    "RFC 7208 section 8.7": say(
        "Permerror means that the record cannot be understood. It takes the domain's owner to mend it; a receiver "
        "may reject with 550 and 5.5.2 (since RFC 7372: 5.7.24)."
    ),
    "RFC 7208 appendix D": say(
        "A forwarder that passes mail on with the reverse-path that it came with makes SPF fail at the next receiver. It can "
        "use a reverse-path of its own, or the next receiver, asked by the user, can look past it."
    ),
    "RFC 7208 appendix F": say(
        "SPF is a matter between border mail servers of different organisations. Servers inside a receiver's "
        "network should not check again: they see an inside address, and what they find is unreliable."
    ),
    "RFC 7208 appendix G.4": say(
        "Deferring for temperror is possible, but where the fault lies in the receiver's own checking, only the "
        "sender is told of it, when the queue gives up; the one who could mend it never learns of it."
    ),
    "RFC 7372 section 3": say(
        "There are enhanced status codes of their own for failed authentication: x.7.20 to 22 for DKIM, x.7.23 and "
        "24 for SPF, x.7.25 for reverse DNS, x.7.26 where several checks failed."
    ),
    "RFC 7372 section 4": say(
        "These codes exist so that mailing-list software can tell a message that failed authentication from an "
        "address that does not exist, and need not remove a subscriber for the former."
    ),
    "RFC 5321 section 4.2.1": say(
        "4yz says that the same message may succeed later and the client should try again; 5yz says that it should "
        "not be repeated as it is. What a repetition without any change can cure deserves a 4yz."
    ),
    "RFC 5321 section 4.5.4.1": say(
        "A client that was told 4yz tries again, at least half an hour later, and goes on for at least four to "
        "five days."
    ),
    "RFC 5321 section 5.1": say(
        "A client that cannot deliver to one of the receiver's addresses should try at least one other; that is "
        "what leads from a refusal over IPv6 to a delivery over IPv4."
    ),
    "RFC 5321 section 6.1": say(
        "With its 250 a server takes responsibility for the message. To refuse it some hops later means a "
        "notification to the reverse-path, which mailing lists count as a bounce of the subscriber."
    ),
    "RFC 5321 section 7.9": say(
        "A site may refuse mail for reasons of policy, with 550; the standard warns that too much of it harms "
        "everybody."
    ),
    "RFC 9989 section 5.4": say(
        "What becomes of a message is the receiver's own decision. It should not reject for a published p=reject alone, "
        "because that harms mailing lists, and should tell the domain of its exceptions in aggregate reports."
    ),
    "RFC 9989 section 7.2": say(
        "A receiver that rejects for DMARC can say so with the word DMARC in its reply, so that programs see the reason. "
        "Where the policy could not be looked up, a 4yz reply is best."
    ),
    "RFC 9989 section 7.4": say(
        "Rejecting because of p=reject alone makes lists remove innocent subscribers. A receiver must not do so "
        "without further knowledge; without any it must treat the message as for p=quarantine. Domains whose people post "
        "to lists should not publish p=reject; those that do should tell their people that lists are hindered."
    ),
    "RFC 9990": say(
        "Aggregate reports tell a domain, by sending address, how much mail in its name passed DMARC and where a receiver "
        "made an exception. They show how much of its people's mail goes through lists, before it chooses a policy."
    ),
    "RFC 9991": say("Failure reports tell a domain of single messages in its name that failed."),
    "RFC 8601 section 2.7.3": say(
        "`iprev` is the name of the reverse DNS check: an address has a PTR record whose name leads back to it."
    ),
    "RFC 1912 section 2.1": say(
        "Every host on the Internet should have a PTR record that matches its address records."
    ),
    "RFC 3463 section 3.8": say(
        "Codes x.7.y speak of security or policy; x.1.y and x.2.y speak of addresses and mailboxes."
    ),
}

# What one would like to point to, and cannot.
NO_STANDARD_IPV6 = say(
    "No RFC says that mail over IPv6 may be held to other rules than mail over IPv4, nor that refusing it with 4yz is the "
    "way to make the sender fall back to IPv4; a draft of 2013 (draft-martin-smtp-ipv6-to-ipv4-fallback) expired."
)
NO_STANDARD_PTR = say("No RFC makes a PTR record a condition for mail to be accepted; it is a custom of receivers.")
NO_STANDARD_ADMISSION = say(
    "No RFC gives a right to be admitted: what a receiver does with a result is its own policy."
)
NO_STANDARD_REMOVAL = say(
    "No RFC tells list software after how many bounces a subscriber is to be disabled or removed."
)
