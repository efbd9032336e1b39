"""Words for what a sentence of a reply is about.

A word that ends in `*` stands for all that begin with it; `…` stands for up to three words. Entries are split at `|`.
"""

from typing import Final, Literal

Subject = Literal["helo", "sender", "client", "proof", "relay", "message", "recipient", "domain", "system"]

SUBJECTS: Final[dict[Subject, str]] = {
    "helo": "helo|ehlo|helo command|ehlo command|helo domain|helo name|helo hostname|data command|end of data",
    "sender": (
        "sender*|sender address*|sender domain*|sender name|sender host|sender account|sender e mail address|"
        "sender email address|domain of sender|domain of sender address|domain of the sender|address of sender|"
        "senders address|sender's address|sender's domain|envelope sender|envelope sender domain|"
        "your envelope sender|envelope from|return path|return address*|return address domain*|return address's domain|return path domain|return mx|reverse path|bounce address|mail from|"
        "mail from address|mail from domain|mailfrom|mailfrom domain|from address|from domain|from header|"
        "from field|from line|from dom|sending domain|sending address|sending account|originator*|"
        "originating address|originating domain|rfc 5321 from|rfc 5322 from|5322 from|your domain|"
        "your email address|your e mail address|your address|submitter|from :|from : domain|batv|"
        "purported responsible address|pra|emetteur|émetteur|expediteur|expéditeur|adresse de l'expéditeur|"
        "absender*|absenderadresse|mittente|remitente|remetente|afzender|nadawc*|отправител*|发件人|寄件者|送信者|差出人|보낸"
    ),
    "client": (
        "client|client host|client ip|client address|unverified client host|ip|ip address*|ip addresses|"
        "sender ip|sender ip address|sending ip|sending ips|sending ip address|sending host|sending server|"
        "sending mta|sending mail server|sending smtp server|sending relay|source ip|source host|source address|"
        "connecting ip|connecting host|connecting server|connecting mta|connecting client|originating ip|"
        "originating server|remote ip|remotehost|relay host|relaying host|your ip|your ip address|your host|"
        "your hostname|your reverse hostname|your server|your server ip|your mail server|your mailserver|"
        "your mta|your smtp server|your network|your machine|your isp|your site|your connection*|your provider|"
        "your system|your relay|your country|host network|connection* from|connections|no access from|"
        "dynamic ip*|dynamic address*|hostname|dynamic host*|dialup*|dial up|residential|open proxy|"
        "server access|your access|your access ip|access from|mail server at|mail server|smtp server|ips|ip's|"
        "adresse ip|ip adresse|indirizzo ip|direccion ip|dirección ip|endereço ip"
    ),
    "proof": (
        "spf|dkim|dmarc|arc|ptr|ptr record*|rdns|fcrdns|reverse dns|reverse dns record|reverse lookup|"
        "reverse hostname|reverse mapping|reverse dns entry|reverse record|dns ptr|dns mx|"
        "sender policy framework|senderid|sender id|domainkeys|tls|starttls|encryption|session encryption|"
        "authentication|authentification|smtp auth|relay host name|ip name|ip name lookup|name of your server"
    ),
    "relay": (
        "relay|relaying|relay access|open relay|mail relay|third party relay|rcpthosts|allowed rcpthosts|"
        "rcpthost|to relay|to relay mail|non local"
    ),
    "message": (
        "message*|your message|your mail|your email|your e mail|this message|this mail|this email|mail|mails|"
        "email|emails|e mail|content*|header*|attachment*|attached file*|body|subject|transaction|submission|"
        "mail content|mail data|url*|nachricht|messaggio|mensaje|mensagem|bericht|courriel"
    ),
    "recipient": (
        "recipient*|recip|user's|user's email|recipient address*|recipient addresses|rcpt|rcpt to|addressee*|"
        "user|users|user name|username|userid|mailbox*|mail box*|mail folder|mailfolder|maildir|inbox|mail file|"
        "account*|email account*|e mail account*|mail account*|email user|alias|customer|member|subscriber|"
        "person|spectator|destination address*|destination mailbox|destination user|email address*|"
        "e mail address*|email box|address|addresses|addr|adr|local part|localpart|forward path|"
        "envelope recipient|your envelope recipient|local mailbox|recipient's mailbox|recipient mailbox|"
        "recipient account|recipient user|target address|virtual user|homedir|home directory|group|destinataire*|"
        "utilisateur*|compte*|boite*|boîte*|adresse*|empfaenger*|empfänger*|benutzer*|teilnehmer*|postfach|"
        "mailkonto|konto|utente|utenti|casella|destinatario*|destinatário*|indirizzo|usuari*|usuári*|buzon|buzón|"
        "cuenta|direccion|dirección|caixa|caixa postal|conta|endereço|persona|dicha persona|gebruiker*|ontvanger|"
        "geadresseerde|postvak|adres|odbiorc*|użytkownik*|skrzynk*|получател*|адресат*|пользовател*|ящик*|"
        "почтов* ящик|адрес*|收件人|用户|邮箱|帐号|账号|ユーザ|宛先|メールボックス|アカウント|수신자|사용자|사서함|메일함"
    ),
    "domain": (
        "domain|domains|domain name|host|hosts|host name|host or domain name|mail domain|mail exchanger|mx|"
        "mx record*|mx host*|mx records point|recipient domain|destination domain|remote domain|destination host|"
        "relevant mx record*|route|destination system|domaine|dominio|domínio|domein|домен*|域名"
    ),
    "system": (
        "service|server|system|mail system|resource*|disk|queue|organization queue|spool|file system|database|"
        "backend|daemon|smtp service|smtp server error|internal*|dns|nameserver|name server|name service|lookup|"
        "configuration|esmtp|organization|organisation|tenant|port*|process*|host system"
    ),
}
