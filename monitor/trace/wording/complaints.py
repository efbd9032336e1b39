"""Words for what is wrong with the subject of a sentence; written as in `subjects`."""

from typing import Final, Literal

from monitor.trace.wording.subjects import Subject

Complaint = Literal[
    "missing", "unavailable", "shut", "full", "disk-full", "flooded", "too-large", "takes-no-mail", "unwilling",
    "rejected", "denied", "unverified", "blocked", "listed", "failing", "named", "spam", "policy", "looping", "unresolved", "later", "unsaid",
]  # fmt: skip

COMPLAINTS: Final[dict[Complaint, str]] = {
    "missing": (
        "unknown|no such|dead|must resolve|isn't a known|isn't known|don't know|not found|not be found|"
        "wasn't found|was not found|couldn't be found|can't be found|cannot find|can not find|couldn't find|"
        "unable to find|unable to look up|does not exist|doesn't exist|do not exist|don't exist|not exist*|"
        "may not exist|n't exist|nonexistent|non existent|nonexistant|must exist|invalid|not valid|not a valid|"
        "isn't valid|no valid|not known|not a known|not listed|not recognized|not recognised|unrecognized|"
        "not registered|not a registered|not here|not local|not a local|no longer valid|no longer on|"
        "no longer exist*|no longer available|no longer in use|no longer here|no longer at|no longer with|"
        "undeliverable|not deliverable|unrouteable|unroutable|unallocated|bad|wrong|illegal|"
        "malformed|misspelled|incorrect|doesn't have|does not have|does not have … account|bogus|empty|"
        "can't determine|has no mailbox|no mailbox|no mail box|no account|no user|no recipient|no one at|nobody|"
        "not a customer|not in … list|not in … table|not in … directory|not present|not an active|not a mailbox|"
        "isn't in my list|no mx|no mx record|no mx found|no relevant answers|nxdomain|need fully qualified|"
        "must contain a domain|requires domain address|not resolve|not resolvable|does not resolve|doesn't resolve|unresolvable|"
        "cannot be resolved|cannot resolve|could not be resolved|unable to route|cannot route|no route for|"
        "deleted|has left|left the company|no longer employed|no longer works|not on this server|not on this system|"
        "not on this host|not hosted|not hosted here|not hosted by|no entry for|no entry found|no ldap entry|"
        "no longer hosted|looked like|has moved|has been replaced|moved|no thank you|inconnu*|inexistant*|introuvable*|"
        "n'existe pas|invalide*|erroné*|unbekannt*|kein solcher|keine solche|kein benutzer|keine mailadresse|keine e mail adresse|keine emailadresse|kein postfach|"
        "existiert nicht|nicht bekannt|nicht gefunden|nicht vorhanden|"
        "ungültig*|ungueltig*|unzustellbar|sconosciut*|inesistent*|non esiste|non trovato|non trovata|non valido|"
        "nessun|desconocid*|no existe|no encontrad*|inválid*|inexistente|não existe|nao existe|desconhecid*|"
        "não encontrad*|onbekend*|bestaat niet|niet gevonden|nieznan*|nie istnieje|не найден*|не существует|"
        "неизвестн*|несуществующ*|нет такого|такого … нет|нет такой|不存在|未找到|无效|存在しません|見つかりません|不明|없습니다|존재하지 않는|존재하지 않습니다"
    ),
    "unavailable": (
        "unavailable|unavaiable|not available|isn't available|unreachable mailbox|unavailable or access denied|"
        "indisponible|nicht verfügbar|non disponibile|no disponible"
    ),
    "shut": (
        "inactiv*|disabled|suspended|locked|frozen|deactivated|deactive|closed|terminated|discontinued|archived|"
        "not active|isn't active|inactive or disabled|no longer active|no longer accepts|no longer accepting|"
        "dormant|expired account|cancelled|canceled|blocked due to inactivity|abandoned|not enabled|"
        "not activated|deactivation|suspend|gesperrt|deaktiviert|stillgelegt|désactivé*|desactive*|desactivad*|"
        "inactif*|inativ*|suspendu*|suspendid*|archivé*|archivee|disabilitat*|disattivat*|sospes*|bloqué|bloquée|"
        "cerrad*|desativad*|zablokowan*|uitgeschakeld|заблокирован*|отключен*|неактив*|停用|冻结|禁用"
    ),
    "full": (
        "full|exceed* mailbox size|exceeded the limit|exceeded its limit|limit exceeded|mailbox limit|"
        "storage quota|storage quota exceeded|over quota|overquota|out of quota|quota|over the quota|"
        "quota exceeded|quota violation|exceeded storage|storage limit|storage allocation|mailbox size|"
        "disk quota|over limit|exceed* … allocation|exceed* … quota|exceed* … storage|exceed* … space|"
        "space has been used|would exceed|too many messages on|exceed* … local limit|too much mail data|pleine|"
        "plein|quota dépassé|voll|überfüllt|ueberfuellt|überschritten|speicherplatz|piena|pieno|llen*|cheia|cheio|vol|pełn*|excedid*|"
        "overschreden|przepełnion*|переполнен*|превышен*|已满|超过|容量|空间不足|一杯|容量超過|いっぱい|초과|가득"
    ),
    "disk-full": (  # the receiver's own disk, unless the sentence is about a mailbox
        "disk space|not enough space|not enough disk space|not enough storage|enough space|enough storage|"
        "insufficient storage|insufficient space|insufficient disk|insufficient disk space|insufficient system|"
        "insufficient system storage|insufficient system resources|no space|no space left|"
        "no space left on device|out of space|out of disk|out of storage|space shortage|out of memory|"
        "sufficient disk space"
    ),
    "flooded": (  # more than is taken in that time
        "receiving mail at a rate|receiving rate|receiving mail too|receiving mail|receiving too many|"
        "receive per hour|per hour|per day|per minute|this hour|per connection|"
        "too many connections|too many concurrent|too many simultaneous|too many messages|too many mails|"
        "too many emails|too many recipients|too many smtp sessions|too many sessions|too many errors|"
        "too many requests|too many invalid|too many bad|too many unknown|too many commands|too many auth|"
        "too many new|too many recent|too much mail|too much load|too fast|too quickly|rate limit*|rate limited|"
        "message rate|connection rate|connection rate limit|connection rate limit exceeded|rate limit exceeded|"
        "sending rate|unusual rate|unusual amount|unusual volume|excessive volume|unexpected volume|throttl*|"
        "frequency|frequency limited|slow down|slower|maximum number|max message*|max emails|maximum connection*|"
        "connection limit|concurrent connections|maximum sending|exceed* … messages|exceed* … connections|"
        "exceed* … permitted limits|exceed* … sending limits|exceed* … rate|size per transaction|daily limit|"
        "hourly limit|message quota|daily message quota|daily message quota exceeded|"
        "message quota exceeded|per domain connection limit|trop de|plus lentement|recipient limit*|recipients limit*|"
        "recipient thread limit*|thread limit*|threads limit*|session limit*|error limit*|command limit*|load limit*|"
        "concurrency limit*|bandwidth limit*|incoming limit*|incoming mail limit*|incoming message limit*|"
        "receive limit*|receiving limit*|recipient count limit*|recipient rate limit*|mail send limit*|"
        "exceed* … hourly|exceed* … daily|exceed* … incoming|exceed* … receiving|exceed* … sessions|"
        "exceed* … recipients|limit exceeded for this session|limit exceeded for this connection|"
        "limit exceeded in this session"
    ),
    "too-large": (
        "too big|too large|too long|size exceed*|exceed* … size|exceed* … length|exceeds fixed|size limit|"
        "message size limit*|maximum size|maximum message size|maximum inbound|maximum incoming|larger than|"
        "length exceed*|message length|exceeds maximum value|exceeds administrative limit|maximum permitted|"
        "file too big|too large for|taille limite|zu groß|demasiado grande|troppo grande|trop volumineux"
    ),
    "takes-no-mail": (  # RFC 7505
        "does not accept mail|doesn't accept mail|does not accept email|doesn't accept email|"
        "does not accept e mail|does not accept any mail|publishes mx 0|has mx 0|publishes … null mx|does not receive mail|does not receive email|"
        "doesn't receive email|doesn't receive mail|null mx|nullmx|no mail accepted|accepts no mail|"
        "mail receiving disabled|mx or srv record indicated no smtp service|indicated no smtp service"
    ),
    "unwilling": (  # the subscriber's own doing
        "rejected by recipient*|refused by recipient*|recipient preferences|user rules|user reject|only accepting mail from specific|"
        "is protected by|restricted sms|not accepting any mail|isn't accepting mail|"
        "is not accepting mail|not currently being accepted for this mailbox|not accepting messages"
    ),
    "unsaid": (  # says nothing, though its words do elsewhere
        "may not exist or you may not|n'existe pas ou que vous|可能不存在|bad sequence|bad command|bad syntax|invalid command|unknown command|"
        "permanent failure for one or more|permanent failure for one or more recipients|"
        "unrecognized command|invalid argument*|invalid parameter*|invalid syntax|unknown error|"
        "unknown mailer error|unknown reason|unknown failure|unknown address error|unknown mail transport error|"
        "unknown status|may be blacklisted or missing the proper dns"
    ),
    "unresolved": (  # DNS did not answer, or not well
        "malformed or unexpected|malformed dns|malformed name|temporary lookup failure|lookup error|"
        "dns temporary failure|dns temporary error|"
        "dns lookup timeout|dns query timed out|dns timed out|"
        "temporary failure in name resolution|temporary name|server failure|servfail|temporary lookup|host not found try again|dns timeout|temporary dns"
    ),
    "rejected": (
        "reject*|refus*|not accept|declin*|not accepted|unacceptable|cannot be accepted|can't accept|"
        "cannot accept|will not accept|not accepting|bounced|dropped|discarded|undesirable|unwelcome|not ok|"
        "not wanted|denegad*|recusad*|rechazad*|rejeté*|rejete*|abgelehnt|abgewiesen|verweigert|rifiutat*|"
        "respint*|geweigerd|odrzucon*|отклонен*|отказ*|拒绝|拒否"
    ),
    "denied": (  # by a decision about who sends
        "denied|denies|deny|must be authenticated|must authenticate|have permission|permission to post|"
        "not a member|don't accept|do not accept|hl rep|hl ipb|hl itc|hl icc|hl ifc|hl mep|mi nhd|mi imf|mi sfq|"
        "mi sti|mi dmc|rp rcl|rp cel|rp drc|rp qrc|rp tra|wm bli|wm blu|dt spm|dt spf|dt rbl|dt sum|rejecting|"
        "refusing|not currently accepting mail from|not accepting mail from|not passed|block|blocks|blocking|"
        "not pre approved|not support|does not support|not supported|rfc 5322 compliant|not accept mail from|"
        "do not accept mail from|accept mail from|accept email from|accept mail over|accept email over|"
        "accept mail via|accept mail without|does not accept mail from|does not accept email from|"
        "does not accept mail over|does not accept email over|doesn't accept mail from|doesn't accept email from|"
        "access denied|not allowed|not allow|disallowed|doesn't allow|does not allow|not permitted|not permit|"
        "isn't allowed|isn't permitted|forbidden|prohibited|prohibition|banned|unauthorized|unauthorised|"
        "not authorized|not authorised|not authenticated|unauthenticated|authentication required|"
        "requires authentication|authenticate|authentication turned on|unvalidated|not owned by|not logged in|"
        "not been configured to let|not configured to relay|no longer trusted|restricted|improper use|"
        "synchronization|go away|get lost|smtp authentication|not in whitelist|not whitelisted|"
        "requires confirmation|confirm this|fake|forged|security failure|rfc compliant|not rfc|unsupported|"
        "command not|non autorisé|nicht erlaubt|nicht berechtigt|unzulässig|non autorizzat*|no autorizad*|"
        "não autorizad*|niet toegestaan|запрещен*"
    ),
    "unverified": (
        "unverified|unverif*|verification failed|verify failed|verification failure|not verified|not be verified|"
        "cannot be verified|couldn't be verified|could not be verified|could not verify|cannot verify|can not verify|can't verify|couldn't verify|unable to verify|"
        "not verify"
    ),
    "blocked": "blocked|bloquee|bloqueado|geblockt|geblokkeerd|bloccat*",
    "listed": (
        "blacklist*|unwanted|black list*|blocklist*|block list*|blocked by spam*|block listed|denylist*|"
        "deny list*|rbl|rbls|dnsbl*|dbl|sbl|xbl|pbl|uribl|surbl|spamhaus*|spamcop*|barracudacentral|sorbs|"
        "abuseat|senderscore|reputation|bad ip profile|listed at|listed as|listed in|is listed|complaints|"
        "sending spam|known spam*|suspicious|abus*|zombie*|mx blacklisted|black ip|blackholed|on our list|virbl|"
        "cloudmark|rejected by score|poor score|hijacked|open relays"
    ),
    "failing": (
        "fail*|should be|must be|requis*|no|not pass|does not pass|doesn't pass|did not pass|mismatch*|"
        "does not match|doesn't match|not match|missing|without|lack*|required|requires|needs|not a fully|"
        "not set|not set up|incorrectly|hard fail|softfail|permerror|violation|fix|check*|vérifier|verifier|"
        "not published|not aligned|aligned"
    ),
    "spam": (
        "spam*|anti spam|antispam|spamassassin|spam assassin|unsolicited|bulk|bulk mail|bulk email|junk|ube|uce|"
        "virus*|malware|phish*|infected|worm|trojan|illegal attachment|prohibited attachment|banned content|"
        "message filtered|mail filtered|content filter*|content rejected|content denied|content blocked|"
        "content presents|executable|advertis*|mass mail*|suspected|message scored|spam score|malicious|"
        "inappropriate|offensive|filtered|spamverdacht|垃圾邮件"
    ),
    "policy": (
        "policy|policies|user's filter*|recipient's filter*|personal filter*|mail filter*|by filter*|by a filter*|"
        "by the filter*|filter rule*|rule imposed|policy reasons|administrative prohibition|security reasons|"
        "organizational settings|organization policy|local rule*|by rule|members only|"
        "not subscribed to this group|closed mailing list|mailpolicy|richtlinie*|politique|politica|política"
    ),
    "looping": (
        "loop|loops|loops back|looping|mail loop|routing loop|too many hops|hop limit*|hop count|hop count exceeded|"
        "forwarding loop|too many received|forwarding loop count|loop detected"
    ),
    "later": (
        "mailbox locked|mailbox is locked|mailbox temporarily locked|locked by another|being delivered to by another|"
        "delivery temporarily suspended|try again|try later|retry|later|come back|come back later|temporar*|"
        "transient|tempfail*|busy|currently unavailable|in progress|deferred|defer|deferring|greylist*|graylist*|"
        "grey listed|grey list*|timed out|timeout|time out|timing out|unreachable|connection refused|"
        "connection reset|connection closed|connection dropped|connection was dropped|network error|"
        "no route to host|lost connection|delayed|expired|giving up|queue too long|in the queue|"
        "in the queue too long|not reachable|failing for a long time|could not connect|unable to contact|"
        "unable to connect|able to establish|unable to establish|requests to connect|could not deliver for|"
        "will be retried|overloaded|too busy|not ready|shutting down|maintenance|moment|"
        "server configuration error|server error|system error|configuration error|local problem|local error|"
        "time limit exceeded|retry limit exceeded|retries limit exceeded|retry time limit exceeded|"
        "retry count exceeded|timeout limit exceeded|lifetime limit exceeded|"
        "internal error|queue file write error|resources unavailable|resources temporarily|"
        "closing transmission channel|not responding|did not respond|not accepting connections|"
        "system not accepting|not reachable within|plus tard|réessayer|ultérieurement|später|erneut|"
        "vorübergehend|temporäre*|più tardi|riprovare|temporaneamente|más tarde|intente|temporalmente|mais tarde|"
        "tente novamente|позже|временно|稍后|请稍后|繁忙|しばらく|後で"
    ),
}

# Phrases that name their subject with the complaint: no other word of the sentence is needed.
WHOLE: Final[dict[tuple[Subject, Complaint], str]] = {
    ("helo", "missing"): (  # Sendmail's word for HELO: srvrsmtp.c
        "invalid domain name"
    ),
    ("helo", "denied"): (
        "improper use of smtp command pipelining|command pipelining|protocol violation|protocol error|"
        "protocol synchronization|synchronization error|multi recipient bounce|multi recipient|break rules"
    ),
    ("sender", "denied"): (
        "sender verify|sender verify failed|callout verification failure|email address is not verified|could not complete sender verify|"
        "domain name required|real domain name required|badmailfrom|badmailfrom list|sender verification|"
        "verification failed for|valid sender|sender could not be verified|not owned by user|not the owner of|"
        "spoof*|unable to verify … sender|callout to|callback to|sender callout|sender callback"
    ),
    ("client", "listed"): (
        "permanent failure for one or more recipients <address> blocked|blocked using|client host blocked|fix reverse|not a mail exchanger|"
        "may not be mail exchanger|mail exchanger name|smtp server of your isp|your isp's|use your isp|"
        "is a dialup|is a dial up|is dialup|is dial up|is on a dialup|is dynamic|is a dynamic|is residential|"
        "is a residential|no service for your|no services for your|no service for you|no mail service for your|"
        "you are not allowed|you are not permitted|you are sending|mail from dynamic|dynamic ip|ip in whitelist"
    ),
    ("sender", "blocked"): (  # by the subscriber: it is about who sends
        "blocked by the recipient*|blocked by recipient*|blocked by the user|blocked by user|blocked by the addressee|"
        "recipient has blocked|user has blocked|recipient blocked you|recipient blocked the sender|"
        "refuses to receive|refuse to receive|refuses to accept your|refuses your mail|refuses your message|"
        "not want to receive|doesn't want to receive|not want mail from|doesn't want mail from|not want your|"
        "doesn't want your|personal blacklist"
    ),
    ("client", "unavailable"): (  # a greeting that is a refusal, RFC 5321 section 3.1
        "esmtp not accepting connections|esmtp not accepting messages|smtp service not available|"
        "esmtp service not available|no smtp service"
    ),
    ("client", "flooded"): (
        "sending quota|user sending quota|user sending limit*|sender limit*|sending limit*|outgoing limit*|has sent to too many|sent too many|ip frequency|sender frequency"
    ),
    ("relay", "denied"): (
        "local user only|anti open relay|relay access denied|relay denied|relaying denied|relay not permitted|"
        "relay not allowed|unable to relay|unable to relay for|cannot relay|not permitted to relay|"
        "not allowed to relay|no relaying|not an open relay|trying to use me|as a relay|insecure mail relay|"
        "isn't in my list of allowed rcpthost*|not in my list of allowed rcpthost*|isn't allowed to relay|"
        "not a gateway|don't handle mail for|do not relay|don't relay|does not relay|relaying mail|relaying to|"
        "requires authentication when attempting|specified domain is not allowed|non local domain|not local host"
    ),
    ("proof", "failing"): (
        "host not found in reverse|host not found in reverse dns|not found in reverse|not found in reverse dns|"
        "unknown in reverse dns|not resolvable to a|not resolvable to any|not resolve to a name|no name for your ip|"
        "dns mx or|authentication checks|dns configuration|spf dns|spf policy"
    ),
    ("message", "denied"): (
        "multiple … header*|duplicate header|header error|header syntax|header size|message header size|"
        "invalid header*|missing header*|headers too large|header too large|header line is too long|"
        "line too long|line limit exceeded|line length|headers fail|header fails|headers failed|header failed|"
        "message id missing|message id … missing|missing message id|no message id|lacks … message id|"
        "without … message id|header missing|headers missing|header is missing|lacks … header*|without … header*|"
        "mailing lists not accepted|mailing list* … not accepted|mailing list* … refused|mailing list* … rejected|"
        "no mailing lists|list mail not accepted|newsletters not accepted"
    ),
    ("recipient", "missing"): (
        "mailbox name not allowed|account removed|user removed|mailbox removed|account has been removed|account was removed|"
        "no mailbox here|userunknown|user missing home|no such user|no such person|"
        "no such recipient|no such mailbox|no such address|user unknown|unknown user|adr not found|"
        "recip not found|recipient not found|destination addresses were unknown|badrcptto|bad rcpt to|"
        "bad recipient to|badrecipientto list|badrcptto list|validrcptto list|no valid recipients|not our user|"
        "not our customer|user doesn't exist|there is no one at|can't accept user|recipient no longer on server|"
        "mailbox path|lookup: failed|name directory|nessun utente|no existe dicha|no existe ese"
    ),
    ("recipient", "full"): (
        "exceeded storage allocation|"  # RFC 5321 section 4.2.2 of 552
        "insufficient … mailbox|not enough … mailbox|no mailbox space|out of mailbox space"
    ),
    ("recipient", "too-large"): (
        "too large for … recipient*|too big for … recipient*|too large for … mailbox|too big for … mailbox|"
        "larger than the mailbox"
    ),
    ("recipient", "shut"): (
        "account expired|account has expired|account is expired|user expired|user has expired|user is expired|"
        "mailbox expired|mailbox has expired|mailbox is expired|due to extended inactivity|"
        "email account that you tried to reach is disabled|user disabled|account disabled"
    ),
    ("client", "denied"): "blocked because of|your access to|access to submit|your access has",
    ("proof", "unresolved"): (
        "temporary authentication failure|temporary spf|temporary dkim|temporary dmarc|temperror|"
        "dmarc temporary|spf temporary|dkim temporary|spf tempfail|dkim tempfail|dmarc tempfail|temporary arc|"
        "temporary error validating"
    ),
    ("domain", "missing"): (
        "couldn't find any host|couldn't find a mail exchanger|host not found|name or service not known|"
        "no such domain|no such host|host unknown|unknown host|"
        "records for the destination computer could not be found|non existent hosts"
    ),
    ("system", "full"): "mail system full|organization queue quota|queue quota",
    ("system", "later"): (
        "service currently unavailable|service temporarily unavailable|service unavailable try|mail server temporarily"
    ),
}
