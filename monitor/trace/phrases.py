"""What mail systems call their reports, and what they say in them, by language: words that programs print, and no more.

They decide nothing alone: a sender that is a machine goes with them (`origin.py`).
"""

import re
from typing import Final

_SUBJECTS: Final[dict[str, tuple[str, ...]]] = {
    "English": (
        r"undeliver",
        r"non[- ]?deliver",
        r"deliver(?:y|ed)? (?:status|failure|failed|problem|report|notification|error|has failed)",
        r"return(?:ed|ing) (?:mail|message|to sender)",
        r"failure (?:notice|notification|delivery|report)",
        r"mail (?:delivery|failed|failure|error|status|system error)",
        r"(?:not|couldn.t|cannot) be (?:sent|delivered)",
        r"not delivered",
        r"warning: .{0,80}delayed",
        r"warning.{0,10}could not send",
        r"delayed (?:mail|\d)",
        r"message (?:delayed|status)",
        r"user unknown",
        r"bounced? (?:message|mail|action|notification)",
        r"error sending your mail",
        r"rejected (?:mail|message)",
        r"\bNDN\b",  # non-delivery notification (X.400, RFC 3801)
        r"message you sent (?:was )?blocked",
        r"errors? from .{0,80}\[",  # Postfix, to its postmaster
    ),
    "German": (
        r"unzustellbar",
        r"nicht zu(?:stellbar|gestellt)",
        r"zustellung",
        r"(?:ü|ue)bermittlungsstatus",
        r"r(?:ü|ue)ckl(?:ä|ae)ufer",
    ),
    "Dutch": (
        r"onbestelbaar",
        r"niet[- ](?:bezorgd|bezorgbaar|bestelbaar|afgeleverd)",
        r"bezorging",
        r"aflever(?:ing|status)",
    ),
    "Nordic": (
        r"kan(?:de|ne)? (?:inte|ikke) (?:lever|bli lever)",
        r"(?:o|u|ej |ikke |inte )lever(?:er|ad|bar|t)",
        r"leverans(?:status|fel)",
        r"leveringsstatus",
        r"toimit\w+ ep(?:ä|a)onnistu",
    ),
    "French": (r"non[- ]?(?:remis|d[ée]livr|distribu)", r"[ée]chec (?:de|d.)", r"[ée]tat de (?:la )?remise"),
    "Spanish": (
        r"no (?:se (?:puede|pudo|ha podido) )?entreg",
        r"estado de (?:la )?entrega",
        r"(?:fallo|error|falla) (?:en|de) (?:la )?entrega",
        r"entrega (?:ha )?fall(?:ida|ado)",
        r"(?:correo|mensaje) devuelto",
    ),
    "Portuguese": (
        r"n[ãa]o (?:foi )?(?:poss[ií]vel )?entreg",
        r"n[ãa]o (?:é|p[ôo]de) .{0,20}entreg",
        r"(?:falha|status|erro) (?:na|da|de) entrega",
        r"(?:mensagem|e-?mail) devolvid",
    ),
    "Italian": (r"recapit", r"mancata consegna", r"non consegnat"),
    "Polish, Czech, Slovak": (
        r"nie ?(?:zosta[łl]\w{0,2} )?dostarcz",
        r"nie (?:mo(?:ż|z)na )?dor(?:ę|e)cz",
        r"nedoru(?:č|c)",
        r"nelze doru(?:č|c)",
    ),
    "Russian, Ukrainian": (
        r"недоставл",
        r"не (?:удается|удалось|может быть|было) достав",
        r"не доставлен",
        r"состояни\w{1,3} доставки",
        r"ошибк\w{1,3} доставки",
        r"невозможно достав",
        r"возврат (?:письма|почты|сообщения)",
    ),
    "Hungarian, Turkish, Greek, Romanian": (r"k[ée]zbes[ií]thetetlen", r"teslim ed", r"αποτυχ.{0,10} παρ", r"nelivrat"),
    "Chinese": (
        r"退[信件]",
        r"退回",
        r"[无無]法(?:送[达達]|投[递遞]|发送|[传傳][递遞]|遞送)",
        r"未(?:送[达達]|[传傳][递遞]|投[递遞])",
        r"(?:投[递遞]|[传傳][递遞])(?:失[败敗]|状态|狀態)",
    ),
    "Japanese": (
        r"(?:発送|送信|送達|配信|配送|配達|メール).{0,8}(?:エラー|不能|失敗|できません)",
        r"エラー(?:通知|メール)",
        r"不達",
        r"未配信",
        r"届きません",
        r"返送",
    ),
    "Korean": (r"배달.{0,6}(?:않|실패|불가)", r"전송 ?실패", r"반송"),
}

_SENTENCES: Final[dict[str, tuple[str, ...]]] = {
    "English": (
        r"(?:not|n.t) (?:be |been )?(?:able to )?deliver",
        r"(?:cannot|couldn.t|wasn.t) be(?:en)? delivered",
        r"unable to deliver",
        r"(?:trouble|problem|error|failure)s? (?:in )?(?:delivering|sending)",
        r"deliver\w{0,5} (?:\w{1,20} ){0,8}(?:failed|aborted|errors)",
        r"undeliverable",
        r"did not reach",
        r"your (?:e-?mail|mail|message)\b.{0,120} (?:was|has been|is) (?:rejected|blocked|refused)",
        r"rejected recipient",
        r"recipients? (?:\w{1,20} ){0,3}(?:rejected|failed|affected)",
        r"fatal errors",
        r"(?:permanent|fatal) errors?",
        r"invalid user address",
        r"failure reasons",
        r"no valid recipients",
        r"^\W{0,6}(?:in|out|received|sent)?\W{0,6}RCPT TO:",
    ),
    "German, Dutch, Nordic": (
        r"nicht zu(?:gestellt|stellbar)",
        r"niet .{0,30}(?:bezorgd|afgeleverd)",
        r"(?:inte|ikke) .{0,30}lever",
    ),
    "French, Spanish, Portuguese, Italian": (
        r"n.a pas pu être",
        r"n.a pu être",
        r"non remis",
        r"no (?:se )?(?:pudo|ha podido|puede) (?:ser )?entreg",
        r"n[ãa]o (?:p[ôo]de|foi) .{0,20}entreg",
        r"non (?:ha potuto|è stato|può) ",
        r"impossibile recapitare",
    ),
    "Polish, Czech": (
        r"nie (?:mog(?:ł|l)\w{0,2} |mo(?:ż|z)e |zosta(?:ł|l)\w{0,2} |uda(?:ł|l)o ).{0,30}dostarcz",
        r"nie ?dostarcz",
        r"(?:nelze|nebylo|nemohla?) .{0,20}doru(?:č|c)",
    ),
    "Russian": (r"не (?:может|могло|было|удалось|смогла?) .{0,30}достав", r"не доставлен"),
    "Chinese, Japanese, Korean": (
        r"投[递遞]失[败敗]",
        r"[无無]法(?:送[达達]|投[递遞])",
        r"(?:送信|配信|配達|お届け)でき(?:ません|なかった)",
        r"전송되지 않",
    ),
}


_SUCCESSES: Final[dict[str, tuple[str, ...]]] = {
    "English": (
        r"(?<!not )(?<!without )\bsuccess",
        r"\bwas (?:delivered|relayed) to\b",
        r"\bhas been (?:delivered|relayed)",
        r"^(?:delivered|relayed):",
        r"delivery receipt",
    ),
    "German, Dutch": (r"(?<!nicht )erfolgreich", r"^(?:zugestellt|weitergeleitet|bezorgd):"),
    "French, Spanish, Italian, Portuguese": (
        r"remise réussie",
        r"^(?:remis|entregado|recapitato|entregue)\s?:",
        r"entregado con éxito",
        r"entregue com êxito",
    ),
    "Chinese, Japanese": (r"已送达", r"(?:送信|配信)(?:完了|しました)"),
}

_DELAYS: Final[dict[str, tuple[str, ...]]] = {
    "English": (
        r"warning message only",
        r"(?:do not|need not|no need to) .{0,10}re-?send",
        r"will (?:be retried|be re-?attempted|keep trying|continue (?:to|trying)|retry)",
        r"still (?:being retried|trying|undelivered)",
        r"not yet been delivered",
        r"delivery attempts will continue",
        r"no action is required",
    ),
    "German": (r"weiterhin versucht", r"weitere zustellversuche", r"noch nicht zugestellt"),
    "French, Spanish, Italian": (r"nouvelles? tentatives?", r"seguir[áa] intentando", r"ulteriori tentativi"),
}


def _any_of(table: dict[str, tuple[str, ...]]) -> re.Pattern[str]:
    return re.compile("|".join(each for phrases in table.values() for each in phrases), re.IGNORECASE | re.MULTILINE)


SUBJECT: Final = _any_of(_SUBJECTS)
SENTENCE: Final = _any_of(_SENTENCES)
# In front of the subject that is answered or passed on.
ANSWER: Final = re.compile(
    r"\s*(?:(?:re|aw|sv|antw|fwd?|wg|tr|rv|enc|vs|回复|答复|转发|轉寄|返信|転送)|(?:automati\w{1,4}|auto)[- ]?(?:reply|response|antwort|antwoord)|"
    r"out of (?:the )?office|abwesen\w{0,20}|réponse automatique|r[ei]sp(?:ue|o)sta autom[aá]tica|автоответ|自動(?:応答|返信)|自动(?:回复|答复))"
    r"(?!\w).{0,12}?[:：]",
    re.IGNORECASE,
)
SUCCESS: Final = _any_of(_SUCCESSES)
DELAY: Final = _any_of(_DELAYS)
