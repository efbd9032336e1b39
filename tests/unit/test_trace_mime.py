"""A message taken apart within bounds: what is read is read as before, and what lies beyond them is not there."""

from monitor.trace.charset import WORDS_CHARS_MAX, read_words
from monitor.trace.mime import FIELDS_MAX, PARAMETERS_MAX, PARTS_MAX, PARTS_PARSED_MAX, field, parts_of, read_message

MIXED = b"Content-Type: multipart/mixed; boundary=x\n\n"


def test_no_more_parts_are_made_than_are_looked_at_some_times():
    """Python makes an object of each line that could begin one."""
    message = read_message(b"Subject: a\n" + MIXED + b"--x\n\ny\n" * 20_000)
    assert len(message.get_payload()) == PARTS_PARSED_MAX - 1
    assert field(message, "Subject") == "a"
    assert len(list(parts_of(message))) == PARTS_MAX - 1
    assert {each.get_payload() for each in parts_of(message)} == {"y"}


def test_a_status_of_blank_lines_alone_ends_the_reading():
    message = read_message(b"Content-Type: message/delivery-status\n\n" + b"\n" * 500_000)
    assert len(message.get_payload()) < PARTS_PARSED_MAX


def test_a_message_of_as_many_parts_as_are_read_has_them_all():
    message = read_message(MIXED + b"--x\n\ny\n" * (PARTS_MAX - 2) + b"--x\n\nlast\n--x--\n")
    assert [each.get_payload() for each in parts_of(message)][-1].strip() == "last"


def test_parameters_and_fields_beyond_the_bounds_are_not_there():
    pairs = b"".join(b"; a%d=b" % n for n in range(1, PARAMETERS_MAX))
    message = read_message(
        b"Content-Type: text/plain" + pairs + b"; charset=utf-7; late=1\n" + b"A: b\n" * 3000 + b"\n"
    )
    assert message.get_content_charset() == "utf-7"
    assert message.get_param("late") is None
    assert len(message) == FIELDS_MAX


def test_semicolons_in_quotation_marks_are_a_value_still():
    message = read_message(b'Content-Type: text/plain; name="a;b;c"; charset=utf-8\n\n')
    assert (message.get_param("name"), message.get_content_charset()) == ("a;b;c", "utf-8")


def test_words_are_read_up_to_the_bound():
    assert read_words("=?utf-8?q?gr=C3=BC=C3=9Fe?= x") == "grüße x"
    assert len(read_words("a" * 100_000)) == WORDS_CHARS_MAX
