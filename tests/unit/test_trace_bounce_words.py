"""Bounces in words for people: who is meant, and which reply is whose."""

from email.header import Header

import pytest

from monitor.trace.bounce import read_bounce


def told(text, *, sender="MAILER-DAEMON@mail.example.org", subject="Undelivered mail", more=""):
    """What a notification with that text says: (recipient, reply), one each."""
    message = f"Return-Path: <>\nFrom: {sender}\nTo: dev-bounces@lists.example.org\nSubject: {subject}\n{more}\n{text}"
    return [(each.final_recipient, each.diagnostic_code) for each in read_bounce(message.encode()).failures]


EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  gone@club.example
    host mx.club.example [192.0.2.153]
    SMTP error from remote mail server after RCPT TO:<gone@club.example>:
    550 5.1.1 <gone@club.example>... User unknown
  member@guild.example
    host mx.guild.example [2001:db8::1a]
    SMTP error from remote mail server after end of data:
    550-5.7.26 This mail has been blocked because the sender is
    550-5.7.26 unauthenticated.
    550 5.7.26 See https://guild.example/help for what to do.
  full@union.example
    mailbox is full: retry timeout exceeded

------ This is a copy of the message, including all the headers. ------

From: author@example.net
To: dev@lists.example.org
"""


def test_exim_gives_each_recipient_its_own_reply_and_host():
    """Without an empty line between them, and X-Failed-Recipients folded over lines (RFC 5322 section 2.2.3)."""
    folded = "X-Failed-Recipients: gone@club.example,\n  member@guild.example,\n  full@union.example\n"
    assert told(EXIM, more=folded) == [
        ("gone@club.example", "550 5.1.1 <gone@club.example>... User unknown"),
        (
            "member@guild.example",
            (
                "550-5.7.26 This mail has been blocked because the sender is 550-5.7.26 unauthenticated. "
                "550 5.7.26 See https://guild.example/help for what to do."
            ),
        ),
        ("full@union.example", "mailbox is full: retry timeout exceeded"),
    ]
    message = f"Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nSubject: failed\n{folded}\n{EXIM}".encode()
    assert [each.remote_mta for each in read_bounce(message).failures] == ["mx.club.example", "mx.guild.example", None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "Hi. This is the qmail-send program at mail.example.org.\n\n<a@club.example>:\n192.0.2.9 does not like recipient.\n"
            "Remote host said: 550 no such user (#5.1.1)\nGiving up on 192.0.2.9.\n\n<b@guild.example>:\n"
            "Sorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nTo: c@x.example\n",
            [("a@club.example", "550 no such user (#5.1.1)"), ("b@guild.example", "Sorry, no mailbox here by that name. (#5.1.1)")],
            id="qmail",
        ),
        pytest.param(
            "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    Below is a list of recipients:\n\n"
            "a@club.example: 550 5.1.1 <a@club.example>: User unknown\nb@guild.example: 552 5.2.2 Mailbox full\n\n"
            "    Below is a copy of the original message:\n\nTo: x@y.example\n",
            [("a@club.example", "550 5.1.1 <a@club.example>: User unknown"), ("b@guild.example", "552 5.2.2 Mailbox full")],
            id="OpenSMTPD",
        ),
        pytest.param(
            "<a@club.example>: host mx.club.example[192.0.2.9] said: 550 5.1.8\n    <dev-bounces@lists.example.org>: Sender address\n"
            '    rejected: Domain not found (in reply to RCPT TO command)\n<b@guild.example>: unknown user: "b"\n',
            [
                ("a@club.example", "550 5.1.8 <dev-bounces@lists.example.org>: Sender address rejected: Domain not found (in reply to RCPT TO command)"),
                ("b@guild.example", 'unknown user: "b"'),
            ],
            id="Postfix, wrapped, the sender's address at a line's beginning",
        ),
        pytest.param(
            "   ----- The following addresses had permanent fatal errors -----\n<a@club.example>\n<b@guild.example>\n\n"
            "   ----- Transcript of session follows -----\n... while talking to mx.club.example.:\n>>> RCPT To:<a@club.example>\n"
            "<<< 550 5.1.1 <a@club.example>... User unknown\n550 5.1.1 <a@club.example>... User unknown\n"
            "... while talking to mx.guild.example.:\n>>> RCPT To:<b@guild.example>\n<<< 552 5.2.2 <b@guild.example>... Mailbox full\n",
            [
                ("a@club.example", "550 5.1.1 <a@club.example>... User unknown"),
                ("b@guild.example", "552 5.2.2 <b@guild.example>... Mailbox full"),
            ],
            id="Sendmail, names first, replies in the transcript",
        ),
        pytest.param(
            "   ----- Transcript of session follows -----\nWhile talking to mx.club.example:\n>>> MAIL From:<dev-bounces@lists.example.org>\n"
            "<<< 550 Access denied\n554 <a@club.example>... Remote protocol error\n550 <b@guild.example>... User unknown\n",
            [("a@club.example", "550 Access denied"), ("b@guild.example", "550 <b@guild.example>... User unknown")],
            id="Sendmail 5, the refusal in front of its own words; the sender is no recipient",
        ),
        pytest.param(
            "The following address(es) failed:\n\n  member@guild.example\n    (generated from all@club.example)\n"
            "    SMTP error from remote mail server after end of data:\n    host mx.guild.example [192.0.2.7]: 550 5.2.0 Mail rejected\n",
            [("member@guild.example", "550 5.2.0 Mail rejected")],
            id="Exim, an alias is no second recipient",
        ),
        pytest.param(
            "Delivery to these recipients failed:\n\n  1. a@club.example\n  2. b@guild.example\n\nReason: 554 5.7.1 Blocked\n",
            [("a@club.example", "554 5.7.1 Blocked"), ("b@guild.example", "554 5.7.1 Blocked")],
            id="a numbered list with one reply for all",
        ),
        pytest.param(
            "Your message\n\n  To:      a@club.example\n  Subject: hello\n\ndid not reach the following recipient(s):\n\n"
            "a@club.example on Thu, 9 May 2024 23:34:45 +0900\n    The recipient name is not recognized\n",
            [("a@club.example", "on Thu, 9 May 2024 23:34:45 +0900 The recipient name is not recognized")],
            id="Exchange, the message's own fields say nothing",
        ),
        pytest.param(
            "was not delivered to:\n\n  a@club.example\n\nbecause:\n\n  User a (a@club.example) not listed in Directory\n",
            [("a@club.example", "User a (a@club.example) not listed in Directory")],
            id="Domino, a label is no reason",
        ),
        pytest.param(
            "This is a permanent failure.\n\nFor help, contact <help@mail.example.org>\n\n<a@club.example>: 550 User unknown\n",
            [("a@club.example", "550 User unknown")],
            id="whom to ask is no recipient",
        ),
        pytest.param(
            "Delivery has failed to these recipients or groups:\n\na@club.example<mailto:a@club.example>\nThe address couldn't be found.\n\n"
            "b@guild.example<mailto:b@guild.example>\nThe mailbox is full.\n\nDiagnostic information for administrators:\n\n"
            "a@club.example\n#550 5.1.1 RESOLVER.ADR.RecipNotFound ##\n\nb@guild.example\n#550 5.2.2 STOREDRV.Deliver ##\n",
            [("a@club.example", "550 5.1.1 RESOLVER.ADR.RecipNotFound ##"), ("b@guild.example", "550 5.2.2 STOREDRV.Deliver ##")],
            id="Exchange, once for people and once for administrators",
        ),
        pytest.param(
            "550 5.1.1 no such user\n    a@club.example\n\n552 5.2.2 over quota\n    b@guild.example\n    c@guild.example\n",
            [
                ("a@club.example", "550 5.1.1 no such user"),
                ("b@guild.example", "552 5.2.2 over quota"),
                ("c@guild.example", "552 5.2.2 over quota"),
            ],
            id="each reply in front of those whom it is about",
        ),
        pytest.param(
            "Hi. This is the qmail-send program.\n<a@club.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n<b@guild.example>:\n"
            "192.0.2.2 failed after I sent the message.\nRemote host said: 550 5.7.1 no SPF\n--- Below this line is a copy of the message.\n",
            [("a@club.example", "Sorry, no mailbox here by that name. (#5.1.1)"), ("b@guild.example", "550 5.7.1 no SPF")],
            id="qmail, its empty lines lost",
        ),
        pytest.param(
            "Delivery has failed to these recipients or groups:\n\nAnn Gone (a@club.example)\nThe address wasn't found.\n\n"
            "Bob Full <b@guild.example>\nThe mailbox is full.\n",
            [("a@club.example", "The address wasn't found."), ("b@guild.example", "The mailbox is full.")],
            id="people by their names",
        ),
        pytest.param(
            "Ihre Nachricht\n\n  An:       a@club.example\n  Betreff:  x\n\nwurde nicht von allen empfangen.\n\n"
            "      a@club.example am 29.10.2026 10:00\n            Das Konto existiert nicht.\n            <mx.club.example #5.1.1 smtp;550 5.1.1 unknown>\n\n"
            "      b@guild.example am 29.10.2026 10:00\n            <mx.guild.example #5.2.2 smtp;552 5.2.2 full>\n",
            [("a@club.example", "550 5.1.1 unknown"), ("b@guild.example", "552 5.2.2 full")],
            id="Exchange in German",
        ),
        pytest.param(
            "The message could not be delivered:\n\nTo: a@club.example\nError: 550 5.1.1 unknown\n\nTo: b@guild.example\nError: 552 full\n",
            [("a@club.example", "550 5.1.1 unknown"), ("b@guild.example", "552 full")],
            id="To: that is no field of a message",
        ),
        pytest.param(
            "Failed to deliver to <a@club.example>: 550 no such user, to <b@guild.example>: 552 full\n",
            [("a@club.example", "550 no such user,"), ("b@guild.example", "552 full")],
            id="two in one line",
        ),
        pytest.param(
            "Não foi possível entregar a mensagem para a@club.example.\n\nMotivo: 550 5.1.1 usuário desconhecido\n",
            [("a@club.example", "550 5.1.1 usuário desconhecido")],
            id="in a Portuguese sentence",
        ),
        pytest.param(
            "Recipient            Status\na@club.example    550 no such user\nb@guild.example    552 mailbox full\n",
            [("a@club.example", "550 no such user"), ("b@guild.example", "552 mailbox full")],
            id="a table",
        ),
        pytest.param(
            "Your message to a@club.example, b@guild.example could not be delivered.\n\n<a@club.example>: 550 no such user\n<b@guild.example>: 552 full\n",
            [("a@club.example", "550 no such user"), ("b@guild.example", "552 full")],
            id="both named in the first sentence",
        ),
        pytest.param(
            "The message is larger than 500 kB and was tried for 5 days.\n\na@club.example\n\n-- \nYour postmaster\nhelp@mail.example.org\n",
            [("a@club.example", "The message is larger than 500 kB and was tried for 5 days.")],
            id="a size is no reply, a signature no recipient RFC 3676 section 4.3",
        ),
        pytest.param(
            "    Recipient: <a@club.example>\n    >>> MAIL FROM:<dev-bounces@lists.example.org>\n    <<< 550 SC-001 Unfortunately refused\n",
            [("a@club.example", "550 SC-001 Unfortunately refused")],
            id="au, what was sent is no reply",
        ),
    ],
)  # fmt: skip
def test_a_reply_ends_where_the_next_recipient_begins(text, expected):
    assert told(text) == expected


def test_of_many_recipients_each_has_its_own_reply():
    """Also where a field with all of them is longer than is read."""
    names = [f"subscriber-{n}@a-rather-long-domain-{n}.club.example" for n in range(300)]
    text = "".join(f"  {name}\n    SMTP error:\n    550 5.1.1 no {at} here\n" for at, name in enumerate(names))
    expected = [(name, f"550 5.1.1 no {at} here") for at, name in enumerate(names)]
    folded = "X-Failed-Recipients: " + ",\n  ".join(names) + "\n"
    assert told(text) == expected
    assert told(text, more=folded) == expected
    assert reported(text, *((name, "") for name in names)) == [(reply, None) for _, reply in expected]


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        pytest.param("Unknown user: gone@club.example\n\nOriginal message follows.\n\nTo: x@y.example\n", "Unknown user: gone@club.example", id="IMail"),
        pytest.param("User mailbox exceeds allowed size: gone@club.example\n", "User mailbox exceeds allowed size: gone@club.example", id="IMail, full"),
        pytest.param("------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\ngone@club.example\n\n------- Returned Message --------\nTo: x@y.example\n", "User not listed in public Name & Address Book", id="Lotus Notes"),
        pytest.param("Your message:\n   From:    x@y.example\n   Subject: hi\n\nCould not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were affected:\n    gone@club.example\n\n\nAdditional Information\n", "550 5.1.1 User unknown", id="MailMarshal"),
        pytest.param("Error: Invalid user address\n\nError message below:\n550 - Requested action not taken: no such user here\n\nMessage details:\n  Subject: hi\n  MAIL FROM: x@y.example\n  RCPT TO: gone@club.example\n  CC: recipient list not shown: ;\n", "550 - Requested action not taken: no such user here", id="James"),
        pytest.param("550 5.1.1 <gone@club.example>: no such user\n", "550 5.1.1 <gone@club.example>: no such user", id="the reply alone"),
        pytest.param("The user(s) account is disabled.\n\n<gone@club.example>\n", "The user(s) account is disabled.", id="au"),
        pytest.param("Utilisateur inconnu : gone@club.example\n", "Utilisateur inconnu : gone@club.example", id="French"),
        pytest.param("User's mailbox is full: <gone@club.example>\nUnable to deliver mail.\n", "User's mailbox is full: <gone@club.example> Unable to deliver mail.", id="full"),
    ],
)  # fmt: skip
def test_the_reason_may_stand_before_the_address(text, reply):
    assert told(text) == [("gone@club.example", reply)]


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("メールエラー通知", "送信先のメールボックスが一杯のため、送信できませんでした。\n\nCould not be delivered to: <gone@club.example>\n"),
        ("配信不能のお知らせ", "次の宛先に配信できませんでした。\n\n宛先: gone@club.example\n理由: 550 5.1.1 ユーザーが存在しません\n"),
        ("Unzustellbar: Einladung", "Fehler bei der Zustellung an folgende Empfänger:\n\ngone@club.example\nDie Adresse wurde nicht gefunden.\n"),
        ("Échec de la remise", "Échec de la remise pour ces destinataires :\n\ngone@club.example\nAdresse introuvable.\n"),
        ("Notificación de estado de entrega (error)", "No se pudo entregar a:\n\n  * gone@club.example\n\n550 5.1.1 Destinatario desconocido\n"),
        ("Non recapitabile: invito", "Impossibile recapitare a:\n\ngone@club.example\nIl destinatario non esiste.\n"),
        ("Onbestelbaar: uitnodiging", "Bezorging is mislukt voor:\n\ngone@club.example\nHet adres bestaat niet.\n"),
        ("Não é possível entregar: convite", "Não foi possível entregar a:\n\ngone@club.example\nO endereço não existe.\n"),
        ("Недоставленное сообщение", "Сообщение не может быть доставлено:\n\n<gone@club.example>: пользователь неизвестен\n"),
        ("系统退信", "投递失败。\n\n收件人: gone@club.example\n原因: 550 用户不存在\n"),
        ("無法傳遞的郵件", "無法傳遞給下列收件者：\n\ngone@club.example\n找不到收件者。\n"),
        ("배달되지 않음", "다음 받는 사람에게 배달하지 못했습니다.\n\ngone@club.example\n주소를 찾을 수 없습니다.\n"),
    ],
)  # fmt: skip
def test_encoded_subjects_are_read_in_many_languages(subject, text):
    """RFC 2047: a postmaster's letter is a bounce by what it is called, in whatever character set that is written."""
    charsets = [
        "utf-8",
        *(["iso-2022-jp"] if subject.startswith(("メ", "配")) else []),
        *(["gb2312"] if "退信" in subject else []),
    ]
    for charset in charsets:
        encoded = Header(subject, charset).encode()
        message = (
            f"From: postmaster@club.example\nSubject: {encoded}\nContent-Type: text/plain; charset=utf-8\n\n{text}"
        )
        (failure,) = read_bounce(message.encode()).failures
        assert failure.final_recipient == "gone@club.example"
        assert failure.diagnostic_code


def test_a_subject_that_is_nothing_of_the_sort_makes_no_bounce():
    text = "gone@club.example\nThe meeting is at ten.\n"
    message = f"From: someone@club.example\nSubject: {Header('会議のお知らせ', 'iso-2022-jp').encode()}\n\n{text}"
    assert read_bounce(message.encode()).failures == ()


def reported(words, *fields):
    """What a report with these words and fields says: (reply, host), one each."""
    blocks = "\n".join(
        f"Final-Recipient: rfc822; {name}\nAction: failed\nStatus: 5.7.26\n{more}" for name, more in fields
    )
    head = "From: MAILER-DAEMON@mail.example.org\nContent-Type: multipart/report; boundary=x\n\n--x\n\n"
    message = f"{head}{words}\n--x\nContent-Type: message/delivery-status\n\n\n{blocks}\n--x--\n"
    return [(each.diagnostic_code, each.remote_mta) for each in read_bounce(message.encode()).failures]


TRANSCRIPT = """   ----- Transcript of session follows -----
... while talking to mx.club.example.:
>>> RCPT To:<a@club.example>
<<< 550-5.7.1 Refused
<<< 550 5.7.1 for the first
>>> RCPT To:<b@club.example>
<<< 550-5.7.1 Refused
<<< 550 5.7.1 for the second
... while talking to mx.guild.example.:
>>> DATA
<<< 550-5.7.26 Not authenticated
<<< 550 5.7.26 See help
"""


def test_the_whole_reply_is_that_recipients_and_its_hosts():
    """Sendmail gives a report the first line alone; the transcript has all of them, and who said it."""
    first, third = "Diagnostic-Code: SMTP; 550-5.7.1 Refused\n", "Diagnostic-Code: SMTP; 550-5.7.26 Not authenticated\n"
    told = reported(TRANSCRIPT, ("a@club.example", first), ("b@club.example", first), ("c@guild.example", third))
    assert told == [
        ("550-5.7.1 Refused 550 5.7.1 for the first", "mx.club.example"),
        ("550-5.7.1 Refused 550 5.7.1 for the second", "mx.club.example"),
        ("550-5.7.26 Not authenticated 550 5.7.26 See help", "mx.guild.example"),
    ]


def test_a_report_without_replies_takes_each_from_the_words_about_it():
    """Exim before 4.92: Diagnostic-Code is optional (RFC 3464 section 2.3.6)."""
    assert reported(
        EXIM, *((name, "") for name in ("gone@club.example", "member@guild.example", "full@union.example"))
    ) == [
        ("550 5.1.1 <gone@club.example>... User unknown", "mx.club.example"),
        (
            (
                "550-5.7.26 This mail has been blocked because the sender is 550-5.7.26 unauthenticated. "
                "550 5.7.26 See https://guild.example/help for what to do."
            ),
            "mx.guild.example",
        ),
        ("mailbox is full: retry timeout exceeded", None),
    ]


def test_a_host_that_only_the_reply_names_has_not_refused():
    assert reported("<a@club.example>: 550 5.7.1 blocked by list.example (see there)\n", ("a@club.example", "")) == [
        ("550 5.7.1 blocked by list.example (see there)", None)
    ]


@pytest.mark.parametrize(
    ("subject", "text", "action"),
    [
        ("Warning: message 1abc delayed 24 hours", "  a@club.example\n    450 4.2.0 greylisted\n", "delayed"),
        ("Delivery Status Notification", "THIS IS A WARNING MESSAGE ONLY.\n\na@club.example\n450 4.2.0 greylisted\n", "delayed"),
        ("Delivery Status Notification", "a@club.example\n550 no\n\nWe will keep trying until Monday.\n", "delayed"),
        ("Undelivered Mail", "a@club.example\n450 4.2.0 greylisted for too long\n", "failed"),
    ],
)  # fmt: skip
def test_a_warning_is_no_failure_yet(subject, text, action):
    """RFC 3464 section 2.3.3."""
    message = f"From: MAILER-DAEMON@mail.example.org\nSubject: {subject}\n\n{text}"
    assert [(each.final_recipient, each.action) for each in read_bounce(message.encode()).failures] == [
        ("a@club.example", action)
    ]


def test_a_bounce_that_names_nobody_is_one():
    assert told("Your message could not be delivered.\n\n550 5.7.1 Rejected due to SPF\n") == [
        ("", "550 5.7.1 Rejected due to SPF")
    ]
    verp = "Delivered-To: dev-bounces+gone=club.example@lists.example.org\n"
    assert told("Your message could not be delivered.\n\n550 5.7.1 Rejected due to SPF\n", more=verp) == [
        ("gone@club.example", "550 5.7.1 Rejected due to SPF")
    ]


def test_html_is_read_by_its_lines():
    page = (
        "<html><head><style>p {margin: 0}</style></head><body><p>Delivery failed to:</p>"
        '<p><a href="mailto:a@club.example">a@club.example</a></p><p>550 5.1.1 User &lt;a&gt; unknown</p></body></html>'
    )
    assert told(page, more="Content-Type: text/html\n") == [("a@club.example", "550 5.1.1 User <a> unknown")]


def test_japanese_is_read_where_no_character_set_is_said():
    """ISO-2022-JP announces itself (RFC 1468); older gateways leave it at that."""
    text = "送信できませんでした。\n\n<gone@club.example>\n理由: メールボックスが一杯です\n".encode("iso-2022-jp")
    message = b"From: postmaster@club.example\nSubject: " + "メールエラー".encode("iso-2022-jp") + b"\n\n" + text
    (failure,) = read_bounce(message).failures
    assert failure.diagnostic_code == "メールボックスが一杯です"
