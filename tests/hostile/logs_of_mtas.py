"""Lines of the logs of MTAs in hostile shapes: each piece as often as a line has room."""

from typing import Final

from tests.hostile.shape import Maker, filled

EXIM: Final = b"2026-11-28 10:00:00 1abCDE-0001xy-Ab "
SENDMAIL: Final = b"Nov 28 10:00:00 a sm-mta[1]: 6ASJl7wV026259: "
TOLD: Final = b", delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=1, relay=a. [192.0.2.1], dsn=4.0.0"

OF_EXIM: Final[dict[str, Maker]] = {
    "paths": filled(EXIM + b"=> a@b.example", b" F=<", b" T=x H=a [192.0.2.1]"),
    "quoted paths": filled(EXIM + b"=> a@b.example", b' F=<"', b" T=x H=a [192.0.2.1]"),
    "servers": filled(EXIM + b"=> a@b.example", b" H=a ["),
    "confirmations": filled(EXIM + b"=> a@b.example H=a [192.0.2.1]", b' C="\\'),
    "deferrals": filled(EXIM + b"== a@b.example", b" defer (-1): a"),
    "times taken": filled(EXIM + b"** a@b.example R=x : ", b" DT=1d1.1s", b"x"),
    "digits": filled(EXIM + b"** a@b.example R=x :  DT=", b"1"),
    "replies": filled(
        EXIM + b"** a@b.example H=a [192.0.2.1]: ", b"SMTP error from remote mail server after RCPT TO:<"
    ),
    "quotations": filled(EXIM + b"== ", b'"a\\'),
    "colons": filled(EXIM + b"H=a [192.0.2.1]", b": "),
    "failing hosts": filled(EXIM + b"** a@b.example R=x T=y: ", b"all hosts have been failing for a long"),
    "parents": filled(EXIM + b"=> a@b.example", b" (", b" <"),
    "parts": filled(b"Nov 28 10:00:00 a exim[1]: ", b"[1/9] "),
    "tries": filled(b"", EXIM + b"H=a [192.0.2.1]: SMTP error from remote mail server after HELO a: 450 no\n"),
    "recipients": filled(b"", EXIM + b"== a@b.example R=a T=b defer (-44) H=a [192.0.2.1]: SMTP error\n"),
}

POSTFIX: Final = b"2026-11-28T10:00:00Z a postfix/smtp[1]: 4D3C2B1A09: "
TO: Final = POSTFIX + b"to=<a@b.example>"
ENDED: Final = TO + b", relay=a[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=4.0.0, status=deferred ("

OF_POSTFIX: Final[dict[str, Maker]] = {
    "quoted local parts": filled(POSTFIX + b"to=<", b'"a\\"'),
    "open quotations": filled(POSTFIX + b"to=<", b'"a\\\\'),
    "fields": filled(TO + b", relay=a[192.0.2.1]:25", b", a=b"),
    "hosts": filled(ENDED + b"host ", b"a["),
    "refusals": filled(ENDED, b"host a[192.0.2.1] said: 450 "),
    "sessions lost": filled(ENDED, b"lost connection with a["),
    "names": filled(b"2026-11-28T10:00:00Z a ", b"postfix/"),
    "structured data": filled(b"<22>1 2026-11-28T10:00:00Z a postfix/smtp 1 - ", b'[a b="\\'),
    "priorities": filled(b"", b"<22>1 "),
    "gone on": filled(b"", POSTFIX + b"host a[192.0.2.1] said: 450 no (in reply to RCPT TO command)\n"),
    "recipients": filled(POSTFIX + b"host b[192.0.2.2] said: 450 no (in reply to DATA command)\n", ENDED + b"x)\n"),
    "senders": filled(b"2026-11-28T10:00:00Z a postfix/qmgr[1]: 4D3C2B1A09: from=<", b'"'),
}
OF_SENDMAIL: Final[dict[str, Maker]] = {
    "recipients of Sendmail": filled(
        SENDMAIL + b"to=", b"<a@b.example>,", b"<a@b.example>" + TOLD + b", stat=Sent (ok)"
    ),
    "recipients without end": filled(SENDMAIL + b"to=", b"<a"),
    "quoted recipients of Sendmail": filled(SENDMAIL + b"to=", b'"a\\'),
    "controlling addresses": filled(SENDMAIL + b"to=<a@b>", b", ctladdr=a, delay=1"),
    "what was said": filled(SENDMAIL + b"to=<a@b>" + TOLD, b", reply=450 a, stat=Sent ("),
    "senders of Sendmail": filled(SENDMAIL + b"from=", b"<", b", size=1"),
    "tries of Sendmail": filled(b"", SENDMAIL + b"to=<a@b.example>" + TOLD + b", reply=450 no, stat=Deferred\n"),
}

OPENSMTPD: Final = b"Nov 28 10:00:00 a smtpd[1]: "
DELIVERY: Final = OPENSMTPD + b"7832ec6497e4ec76 mta delivery evpid=0a43510a6d785fcd from=<"

OF_OPENSMTPD: Final[dict[str, Maker]] = {
    "reverse-paths": filled(DELIVERY, b"a> to=<"),
    "quoted reverse-paths": filled(DELIVERY, b'"a\\'),
    "relays": filled(DELIVERY + b'> to=<a> rcpt=<-> source="-" relay="', b"[a] ("),
    "results": filled(
        DELIVERY + b'> to=<a> rcpt=<-> source="-" relay="[::2] (a)" delay=1s result="Ok" stat="', b'" stat="'
    ),
    "sessions": filled(b"", OPENSMTPD + b"7832ec6497e4ec76 mta connecting address=smtp://[2001:db8::1]:25 host=a\n"),
    "schemes": filled(OPENSMTPD + b"7832ec6497e4ec76 mta connecting address=", b"smtp://"),
}
