"""The numbers of RFC 7208 that end an evaluation, each with its section. Pure."""

from typing import Final

LOOKUP_LIMIT: Final = 10  # terms that cost a lookup, section 4.6.4
VOID_LIMIT: Final = 2  # lookups that find nothing, section 4.6.4
NAME_LIMIT: Final = 10  # MX names of one `mx`, and PTR names of one `ptr` or `%{p}`, section 4.6.4
TIME_LIMIT_S: Final = 20.0  # of a whole evaluation: at least 20 seconds, section 4.6.4
LENIENT_FACTOR: Final = 4  # a verifier that does not enforce the first and third still stops at so many times as much
DEPTH_LIMIT: Final = 20  # includes within includes that such a verifier follows
