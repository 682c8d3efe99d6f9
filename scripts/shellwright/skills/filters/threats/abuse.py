"""Harm to others: attacks, fraud, spam, getting round the law or a platform's protection."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shellwright.skills.filters.material import Material
from shellwright.skills.filters.threats.pipes import code_files
from shellwright.skills.filters.threats.rule import Rule, Threat, matches, rule

_EVADE = (
    r"(?:bypass|circumvent|evad|avoid|defeat|get(?:ting|s)? (?:around|past|round)|overcom|dodg"
    r"|trick|fool|solv|beat|unblock)\w*"
)
#: Programs whose use is to attack what belongs to others.
ATTACKERS = frozenset(
    """aircrack-ng airdecap-ng aireplay-ng airodump-ng bettercap beef commix crackmapexec cewl
    dirb dsniff enum4linux ettercap evil-winrm ffuf gobuster hashcat hping3 hydra john
    kismet masscan mdk4 medusa mimikatz msfconsole msfvenom ncrack netexec nikto nxc pacu
    reaver responder setoolkit sherlock slowloris sqlmap sublist3r theharvester wifite wpscan
    xsser patator crunch cowpatty arpspoof macchanger rcrack sslstrip wfuzz feroxbuster
    sambapipe dhcpig bully pyrit dirbuster kiterunner rarcrack
    """.split()  # noqa: SIM905
)
_SCRIPT = re.compile(r"\.(?:py|pl|rb|sh|php|js)$")
_RULES: tuple[Rule, ...] = (
    rule(
        "gets round protection against robots",
        "captcha;bot detection;bot-detection;anti-bot;antibot;cloudflare;detection;fingerprint"
        ";blocks"
        ";blocked;rate limit;rate-limit;restrictions;geo;403;turnstile;bot protection;datadome"
        ";ip bans"
        ";paywall;perimeterx;waf",
        r"\b"
        + _EVADE
        + r"\b[^\n.]{0,60}\b(?:captchas?|recaptcha|bot[\"“ -]{0,2}(?:detection|protection|checks?"
        r"|blocks?|blocking"
        r"|walls?)|anti-?bot|cloudflare|turnstile|fingerprint\w*|(?:ip|cloud ip|website|site|geo)"
        r"[- ]?(?:blocks?|bans?|blocking|restrictions?)|geo-?(?:blocks?|restrictions?|fenc\w*)"
        r"|paywalls?"
        r"|detection|datadome|perimeterx|waf|being (?:banned|detected|flagged))\b"
        r"|\b(?:bypass|circumvent|evad|unblock)\w*\b[^\n.]{0,40}\b(?:(?:api )?(?:rate"
        r"|usage)[- ]?limits?|403|restrictions)\b",
    ),
    rule(
        "gets round protection against robots",
        "captcha;anti-detect;antidetect;undetect;stealth;fingerprint;human-like;humanlike"
        ";residential;camoufox"
        ";patchright;rotating prox;proxy rotation;cloudscraper;curl_cffi;curl-impersonate",
        r"\bcaptcha[- ]?(?:solv|bypass|break)\w*|\banti-?detect\w*|\bundetected\b"
        r"|\bstealth(?:y)?[- ]?(?:mode|brows\w*"
        r"|scrap\w*|plugin|evasion|automation|crawl\w*|session)"
        r"|\bfingerprint (?:spoof|evasion|random|mask)\w*"
        r"|\b(?:human-?like|humanized) (?:behaviou?r|mouse|typing|delays?|interaction|emulation)"
        r"|\bresidential (?:ip|prox)\w*"
        r"|\bcamoufox|\bpatchright|cloudscraper|curl_cffi|curl-impersonate",
    ),
    rule(
        "gets round protection against robots",
        "captcha;bot;cloudflare;detection;block;ban",
        r"(?m)^[\s#>*\d.)-]{0,12}(?:bypass|circumvent|evad|defeat|beat)\w*\b[^\n.]{0,40}"
        r"\b(?:captchas?|bot\W{0,3}(?:detection|protection)|cloudflare|anti-?bot)",
        firm=True,
    ),
    rule(
        "gets round protection against robots",
        "bypass;circumvent;evade;get around;defeat",
        r"(?m)^(?![^\n]{0,300}\b(?:not|never|don['’]t|cannot|against)\b)[^\n]{0,300}\bto "
        r"(?:bypass|circumvent|evade|get around|defeat)\b[^\n.]{0,60}"
        r"\b(?:(?:ip|bot|site|cloud|account) (?:block(?:s|ing)?|bans?)|bot detection|captchas?)\b",
        firm=True,
    ),
    rule(
        "sends unasked messages to many",
        "spam;mass ;mass-;bulk;cold ;blast;outreach;auto-;automatically;engagement;campaign",
        r"\bmass[- ](?:dm|messag|mail|email|follow|report|comment|post|like|mention|text|sms"
        r"|outreach)\w*"
        r"|\bbulk[- ](?:dms?|messag(?:e|es|ing)|sms|outreach|follow\w*)\b"
        r"|\b(?:send\w*|automat\w*|run|launch|scale)\b[^\n.]{0,40}\bcold[- ](?:dms?|e?mails?"
        r"|messages?|outreach|calls?)\b|\bauto(?:matically|matic)?[- ](?:dms?|comments?|commenting"
        r"|follow\w*|likes?"
        r"|liking|upvot\w*|retweets?|engage\w*)\b|\b(?:email|sms|dm) blasts?\b|\b(?:spam"
        r"|flood) (?:the|them|every|all|other)\b",
    ),
    rule(
        "pretends to people or platforms that a robot is human, or games what they count",
        "fake;sock;multi-account;multiple accounts;pretend;as if you were;human;ai detect;turnitin"
        ";undetect;astroturf;engagement;upvote;detectors",
        r"\bfake (?:reviews?|accounts?|followers|likes|identit\w*|engagement|traffic|testimonials?"
        r"|news|receipts?|invoices?|ids?)\b"
        r"|\bsock ?puppets?|\bmulti-?account (?:orchestrat|rotat|automat|farm)\w*|\b(?:multiple"
        r"|many|several|dozens of) (?:fake |burner )?accounts\b[^\n.]{0,50}"
        r"\b(?:post|upvot|vote|comment|rotate|engage)\w*|(?<!not )(?<!['’]t )(?<!never )"
        r"\bpretend(?:ing)? to be (?:a )?(?:real "
        r"|human|person)\w*"
        r"|\b(?:bypass|evade|fool|beat|pass|avoid|undetectable by"
        r"|defeat)\w*\b[^\n.]{0,40}\b(?:ai[- ]detect\w*|turnitin|gptzero"
        r"|(?:ai )?(?:content )?detectors?|detection tools?)|\bastroturf\w*|\b(?:engagement|upvote"
        r"|karma|vote)[ -](?:farm"
        r"|exchang|manipulat)\w*"
        r"|\bnever (?:mention|reveal|admit|say|disclose)\b[^\n.]{0,30}\b(?:an? )?(?:ai|bot|agent"
        r"|automat\w*)\b",
        firm=True,
    ),
    rule(
        "pays agents to post or to recruit",
        "earn;reward;paid;bount;airdrop;referral;commission;payout",
        r"\b(?:earn|get paid|rewards?|rewarded|paid|bount(?:y|ies)|airdrops?"
        r"|payouts?)\b[^\n.]{0,70}\b(?:for|by|to|per|when you)\b[^\n.]{0,40}"
        r"\b(?:post(?:s|ing|ed)?|tweet\w*|upvot\w*|shar(?:e|es|ing)|comment\w*|engag\w*|promot\w*"
        r"|shill\w*|retweet\w*"
        r"|lik(?:e|es|ing)|referr?\w*|recruit\w*|invit\w*)\b"
        r"|\b(?:your?|earn\w*|get|share|agents?|unique)\b[^\n.]{0,60}"
        r"\breferral (?:rewards?|bonus\w*|commissions?|links?|codes?|earnings|fees?)\b"
        r"|\breferral (?:rewards?|bonus\w*|commissions?|links?|codes?|earnings|fees?)\b"
        r"[^\n.]{0,60}\b(?:you|your|earn\w*|agents?|per)\b",
    ),
    rule(
        "attacks what belongs to others",
        "exploit;brute;reverse shell;keylog;phishing;ransom;botnet;ddos;payload;rootkit;backdoor"
        ";trojan;sniff"
        ";pentest;penetration test;red team;offensive;hack;crack;c2 ;privilege escalation"
        ";jailbreak;inject;bug bount;recon",
        r"\b(?:brute[- ]?forc(?:e|ing) (?:the |login|password|ssh|auth|pin|credential)\w*"
        r"|reverse shells?|key-?loggers?|ransomware|botnets?\b|ddos"
        r"|rootkits?|(?:steal|harvest|dump|grab|crack)(?:ing|s)? (?:the |user "
        r"|their )?(?:passwords?|credentials?|cookies|tokens"
        r"|hashes|wallets?)|penetration test\w*|pen-?test(?:s|ing|er)?|offensive security"
        r"|exploit(?:ing|ation|s)?"
        r" (?:the |a |known )?(?:vulnerab\w*|target\w*|server|system|code|development|chain"
        r"|payload|framework|cve)\w*|privilege escalation"
        r"|hack (?:into|the|a|any|someone)|crack(?:ing)? (?:wifi|wi-fi|passwords?|software"
        r"|licen[cs]e)"
        r"|credential stuffing|sql injection (?:attack|payload)s?|xss payloads?|shellcode"
        r"|phishing (?:page|email|site|kit|campaign)s?)",
    ),
    rule(
        "attacks what belongs to others",
        "evasi;nmap;ids ;antivirus",
        r"\bnmap\b[^\n]{0,80}--script[= ]\S{0,40}(?:vuln|exploit|brute)"
        r"|\b(?:ids|ips|firewall|waf|edr|antivirus)\b[ /-]{0,3}(?:evasion|bypass)"
        r"|\bevasive (?:scan|techni|probing)",
        firm=True,
    ),
    rule(
        "takes what is private out of a device",
        "extract",
        r"\bextract\w*\b[^\n.]{0,50}\b(?:private keys?|activation keys?|saved passwords?"
        r"|crypto\w* secrets?|escrow)\b",
        firm=True,
    ),
    rule(
        "registers itself somewhere without being asked",
        "register",
        r"\bauto-?(?:matically )?registers?\b[^\n.]{0,40}\b(?:first|install|load|use|agent)"
        r"|\bagents?\b[^\n.]{0,30}\bauto-?(?:matically )?registers?\b",
    ),
    rule(
        "spies on people",
        "dox;stalk;track;spy;background check;find people;deanonym;facial;face;people search;osint"
        ";surveil;phone number;personal info",
        r"\bdox(?:x|xing|ing)\b|\bstalk(?:ing|er)?\b|\bspy(?:ing)? on\b|\bdeanonym\w*"
        r"|\bde-anonym\w*|\bosint\b[^\n.]{0,60}\b(?:people|person|individual|target|someone)\w*"
        r"|\bcovert\w* (?:record|monitor|surveil|track)\w*|\b(?:secretly|covertly) (?:record"
        r"|monitor|track)\w*"
        r"|\b(?:find|look ?up|search)\b[^\n.]{0,40}\b(?:home address|phone numbers?"
        r"|personal (?:information|details|data))\b[^\n.]{0,40}\b(?:anyone|people|person|someone"
        r"|individuals?)",
    ),
    rule(
        "breaks the law or a licence",
        "pirat;crack;warez;torrent;drm;sci-hub;scihub;libgen;anna's archive;annas-archive"
        ";z-library;paywall;counterfeit;launder;"
        "drug;weapon;bypass;evasion;sanction;insider;pump;rug",
        r"\bpirat(?:ed|ing|ebay|e bay|acy)\b|\bwarez\b|\b(?:remove|strip|bypass"
        r"|crack)\w* (?:the )?drm\b|\bsci-?hub\b|\blibgen\b|\banna['’]?s[- ]archive\b"
        r"|\bz-?library\b|\bcounterfeit(?:ing)?\b|\btax evasion|\bpump[- ]and[- ]dump"
        r"|\b(?:torrent|magnet) (?:search|download|link|site)s?\b|\bwatch (?:movies"
        r"|tv)[^\n.]{0,30}\bfree\b|\b(?:buy|sell|order|synthesi[sz]e) (?:illegal )?(?:drugs"
        r"|weapons)\b",
    ),
    rule(
        "persuades people by deceit",
        "manipulat;social engineer;blackmail;extort;impersonat;scam;deceiv;gaslight;catfish;persua",
        r"\b(?:blackmail|extort)\w*|\bsocial engineer(?:ing)? (?:attack|people|target|the|tactic"
        r"|technique|script)\w*|\bimpersonat(?:e|es|ing) (?:a |the |real |other )?(?:someone"
        r"|people|human|celebrit|compan|brand|official|person)\w*"
        r"|\b(?:psychological(?:ly)? )manipulat\w*|\bmanipulat(?:e|ing) (?:people|users?|humans?"
        r"|someone|them|markets?)|\bcatfish\w*|\bgaslight\w*|\bscam (?:people|users?|someone)",
    ),
)
#: What code loads to be taken for a person's browser.
_DISGUISE: tuple[Rule, ...] = (
    rule(
        "gets round protection against robots",
        "stealth;undetected;patchright;camoufox;cloudscraper",
        r"\bstealth(?:\.min)?\.js\b|\b(?:playwright|puppeteer|selenium|plugin)[-_]stealth\b"
        r"|\bstealth_(?:a?sync|plugin)\b|\bundetected[_-]chromedriver\b"
        r"|\b(?:import|from|require\(['\"]) ?(?:patchright|camoufox|cloudscraper)\b",
    ),
)
#: What a skill is for, by its own words.
_ATTACK = re.compile(
    r"\bpen-?test(?:ing|er|s)?\b|\bpenetration[- ]test\w*|\boffensive security|\bethical hack\w*"
    r"|\breverse shells?\b|\bexploit (?:development|generation|database|code)|\bexploitation\b"
    r"|\bred[- ]team(?:ing)? (?:operation|engagement|tool|attack)\w*|\bbrute[- ]?forc(?:e|ing)\b"
    r"|\bkeylogger|\bphishing (?:campaign|simulat|kit)\w*|\bpayload generat\w*"
)
_SITES = r"(?:linkedin|instagram|facebook|tiktok|twitter|reddit|tinder|bumble|whatsapp)"
_CROWD = re.compile(
    r"\b(?:automat\w*|scrap(?:e|es|ing))\b[^\n.]{0,40}\b"
    + _SITES
    + r"\b[^\n.]{0,20}\b(?:messag|profile|outreach|dms?|connection|engag|lead)\w*"
    r"|\b"
    + _SITES
    + r" (?:scraping|scraper|automation|outreach|growth|bot)\b|\boutreach (?:campaigns?"
    r"|automation)\b"
    r"|\bscrap(?:e|es|ing) (?:leads|profiles|contacts|emails)\b|\b(?:cold|mass|bulk) (?:e?mail"
    r"|outreach|dms?|messag)\w*"
)


def abuse(material: Material) -> Iterator[Threat]:
    """What harms others than the user."""
    text = material.text
    yield from matches(_RULES, material, text)
    for script in material.scripts:
        yield from matches(_DISGUISE, material, script)
    crowd = _CROWD.search(material.head)
    if crowd:
        yield Threat("works on a platform's people in masses", crowd[0])
    purpose = _ATTACK.search(material.head)
    if purpose:
        yield Threat("is for attacks", material.head[max(0, purpose.start() - 60) :])
    requirements = material.document.requirements
    needed = ATTACKERS.intersection((*requirements.bins, *requirements.any_bins))
    for name in sorted(needed.union(attackers(material))):
        yield Threat("uses a tool for attacks", name)


def attackers(material: Material) -> frozenset[str]:
    """The tools for attacks that commands call, by their names or as scripts that an interpreter
    runs, and the one that a page is about. What the skill brings along so named is its own."""
    own = {path.rpartition("/")[2] for path in material.texts}
    words = {material.subject} if material.page else set[str]()
    for call in material.document.calls:
        words.update(each for each in code_files(call) if each.rpartition("/")[2] not in own)
        if "/" not in call.program:
            words.add(call.program)
    return ATTACKERS.intersection(map(_tool, words))


def _tool(word: str) -> str:
    """The name of a program or script, without its folder and suffix."""
    name = word.strip("{}\"'").rpartition("/")[2].casefold()
    return _SCRIPT.sub("", name)
