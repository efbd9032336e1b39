"""Lines of the logs of MTAs in hostile shapes: each piece as often as a line has room."""

from typing import Final

from tests.hostile.shape import Maker, filled

EXIM: Final = b"2026-11-28 10:00:00 1abCDE-0001xy-Ab "

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
