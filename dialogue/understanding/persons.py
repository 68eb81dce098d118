"""Does the customer ask for a person? In both languages, with the usual typing errors.

Asking for the number, the hours or the address of customer service is a question like any other, and so is a person
in a picture. Knows nothing of who is there to take over.
"""

import re
import unicodedata

from dialogue.turns import Utterance
from retrieval import split_sentences

_WHO = (
    r"(?:a |an |the |some |your |any )?(?:real |actual |live |human |proper |nice |physical )*"
    r"(?:person|persn|people|human(?: being)?|humans|humn|huamn|agent|agnet|agents|representative|represenative|"
    r"representitive|rep|operator|"
    r"some ?one(?: real)?|somebody|staff(?: member)?|team member|manager|supervisor|support (?:agent|"
    r"person|staff|team|rep)|customer (?:service|support|care)"
    r"(?: (?:agent|rep|representative|person|team|staff))?|cs rep|live (?:chat|support)|advisor|"
    r"adviser|assistant manager|employee|colleague|specialist|expert|boss|whoever is (?:in charge|responsible)|"
    r"(?:one|some|any|a member|members) of (?:your|the) (?:\w+ )?(?:colleagues?|staff|team|people|guys|employees|agents|reps|advisors))"
)
_SOMEONE = (  # of the company: "someone from billing", "one of your colleagues"
    r"(?:some ?(?:one|body)(?: (?:from|in|at|of) (?:your |the )?\w+)?|a (?:real |human )?(?:person|human|colleague|specialist|supervisor|manager)|an (?:agent|expert|employee)|"
    r"(?:one|some|a member) of (?:your|the) (?:\w+ )?(?:colleagues?|staff|team|people|guys|employees|agents|reps|advisors)|your (?:boss|manager|supervisor))"
)
_TAIL = r"(?: (?:please|now|asap|here|to help(?: me)?|instead))*$"
_HUMAN = (
    r"(?:real|live|actual|human) (?:person|people|human|agents?|agnet|rep|representative|being|support|help|operator|"
    r"assistance)"
)
_TALK = r"(?:talk|talking|tlak|speak|speaking|spaek|chat|chatting|complain)"
# Whoever passes something on may mean a parcel or a ticket: only the customer, or what they came with, goes to a person.
_HAND_ON = (
    r"(?:connect(?:ed)?|transfer(?:red|ed)?|put(?: through)?|pass(?:ed)?|hand(?:ed)?|switch(?:ed)?|forward(?:ed)?|escalate(?:d)?|"
    r"redirect(?:ed)?|refer(?:red)?)"
)
_ME = r"(?:me|us|(?:my|this|the|our) (?:case|chat|call|complaint|problem|issue|question|conversation|matter))"
_OVER = r"(?: (?:over|on|through|back|straight|directly))*"
_ASKED = r"(?:^|\b(?:please|pls|plz|kindly|(?:can|could|would|will) (?:you|u|someone|somebody)) )(?:please )?"
_ONLY_WORDS_OF_A_WISH = (  # of which none names anything that could have a person
    r"^(?:(?:i|we|you|u|can|could|may|please|pls|is|are|there|do|have|get|give|need|want|require|like|would|i'd|prefer|me|a|an|any|the|some|to|with|"
    r"talk|speak|chat|just|now|no|not|bot|robot) )*"
)
_REQUESTS_EN = (
    rf"(?<!you ){_TALK}(?: (?:to|with))? {_WHO}",
    rf"{_HAND_ON} {_ME}{_OVER}(?: (?:to|with|onto))? {_WHO}",
    rf"\b(?:be|being|been|get|getting) {_HAND_ON}{_OVER} (?:to|with) {_WHO}",
    rf"{_ASKED}{_HAND_ON}(?: this)?{_OVER} (?:to|with|onto) {_WHO}",
    rf"{_ASKED}(?:transfer|connect|escalate) (?:me|us){_OVER}{_TAIL}",
    rf"\bconnect{_OVER} (?:to|with) {_WHO}",
    rf"\b{_HAND_ON}(?: this)?{_OVER} to (?:a |an |the )?(?:real |live |human )+{_WHO}",
    rf"\bescalate (?:this|it) to {_WHO}",
    rf"(?:^|\b(?:i|we|i'd|we'd) )(?:(?:really|just|still|now|do|also|only|would|'d|please) )*(?:need|want|wanna|like|prefer|require|demand) {_WHO}{_TAIL}",
    rf"\b(?:can|could|may|might) (?:i|we) (?:please |pls )?(?:have|get) {_WHO}{_TAIL}",
    rf"(?:{_ASKED}|\b(?:now|just|and|so) )get {_WHO}{_TAIL}",
    rf"\b(?:get me|give me|find me|let me have|bring me|call me|(?<!you )looking for) {_WHO}{_TAIL}",
    rf"{_HUMAN}(?: (?:please|pls|plz|now))+$",
    rf"{_ONLY_WORDS_OF_A_WISH}{_HUMAN}$",
    rf"\b(?:talk|speak|chat|contact|reach)(?:ing)? (?:\w+ ){{0,3}}{_HUMAN}$",  # to a damned one
    rf"^{_WHO}(?:,? (?:please|pls|plz|now|asap))*$",
    r"(?:can|could|may|is it possible to|how (?:do|can) i|let me|i(?:'d| would) (?:like|love|"
    r"rather)(?: to)?|want to|need to|wanna) (?:i |we )?(?:please )?(?:talk|speak|chat) (?:to|with) "
    r"(?:a |an |the |your |some)?"
    r"(?:person|human|agent|someone|somebody|real|live|representative|rep|operator|manager|staff|customer)",
    r"(?:don'?t|do not|dont) want (?:to (?:talk|speak|chat) (?:to|with) )?(?:a |the |this )?(?:bot|"
    r"robot|machine|ai|computer|chatbot)",
    r"(?<!what )(?:can|could|would|will|please have|have) (?:some ?one|somebody|you|a person|an agent|a colleague)(?: please)? (?:call|phone|ring) me(?: back)?(?: (?:please|now|today|asap))*$",
    r"(?:contact(?:ing)?|reach|get hold of|get in touch with|(?:talk|speak|chat)(?:ing)? w\w{1,4}|transfer(?: to)? me(?: to)?) (?:a |an |some |your |the )?(?:real |live |human |free )*(?:person|human|humans|some ?one|somebody|agents?|assistants?|representatives?|operators?|staff)\b"
    r"(?! (?:at|of|in|for|from|on|near) (?!you|this))",
    rf"\b(?:get|put|pass|hand) (?:me |us )?(?:on to|onto|over to|through to|to) {_WHO}",
    rf"\b(?:a word|discuss\w*(?: (?:this|it|that|my \w+))?|deal(?:ing)?|sort (?:this|it) out) with {_WHO}",
    rf"\b{_SOMEONE}(?: (?:please|could|can|to|should|would|must|has to|needs to))+ (?:take (?:this|it|my case|over)|step in|jump in|handle|deal with|call me|ring me|phone me|contact me|get back to me|"
    r"get in touch|look (?:into|at) (?:this|it|my (?:case|problem|issue))|help me|sort (?:this|it))",
    rf"\b(?:called|rung|phoned|contacted)(?: back)? by {_WHO}",
    r"\b(?:is|are) there (?:a|an|any|no) (?:living|real|actual|human|live) (?:soul|person|people|human|agent|being)",
    r"\b(?:is|are) there (?:a |an |any )?(?:real |live )*(?:person|people|humans?|someone|somebody|agents?) (?:(?:that |who(?:m)? )?i can|to) (?:talk|speak|chat)",
    r"\banyone (?:here |there )?(?:(?:that |who(?:m)? )?i can|to) (?:talk|speak|chat)",
    r"\bescalate(?: (?:this|it|my (?:case|complaint|issue|ticket)))?(?: (?:please|now))*$",
    r"(?:stop|enough|no more|not) (?:with )?(?:the |this |a )?(?:bot|robot|chatbot)s?$",
    r"^(?:human|agent|agnet|representative|operator|humans?|person|live agent|speak to human|talk to "
    r"human)(?: (?:please|pls|plz|now))*$",
)
_WORK_ZH = r"人工(?!费|成本|智能|湖|降雨|授精|翻译|审核|审批|核实|合成|材料|钻|皮革)"  # else of what people do, not of them
_PERSON_ZH = rf"(?:真人|活人|客服|{_WORK_ZH}|人工客服|真人客服|在线客服|人工服务|真的人|工作人员|客服人员|客服专员|专员|客服代表|经理|主管|店长|负责人|专人|人类|领导|上级|老板|值班人员|管理人员|(?:能做主|管事|说了算|懂行?)的(?:人)?)"
_OWN_ZH = r"(?:同事|员工)"  # the customer has some, too
_YOURS_ZH = rf"(?:{_PERSON_ZH}|(?:你们?|您|贵司|公司|其他|别的)的?{_OWN_ZH})"
_ANSWERS_ZH = r"(?:联系|回复|打给|回个?电话|打个?电话|给我(?:打|回)|回电|跟进|对接|接待|解答|答复|帮我(?:处理|看|查|解决)|(?:来|给我)?处理)"
_CALLS_ME_ZH = (  # what somebody is asked to do; what happens anyway, or should not, is no wish
    r"(?:^|请|麻烦|让|叫|派|安排|希望|能不能|能否|可不可以|可否|可以|能|你们|您|客服|尽快|马上|赶紧)[^会要别不停为怎谁直老总又刚没]{0,8}"
    r"(?:(?:打|回)(?:个|一个)?电话给我|给我(?:打|回)(?:个|一个)?电话)(?!的|了|说|问|推销|过|时|之?前)"
)
_REQUESTS_ZH = (
    r"(?:转|轉|切|换|接|叫|呼叫|连|连接|联系|找|喊)(?:到|接|成|一下|下|个|一个|位|至|给|换)*(?:你们的?|在线|一下|下|个|一个|位|名)*"
    + _YOURS_ZH
    + r"(?!的?(?:电话|号码|邮箱|热线|时间|地址|微信|qq|方式))",
    r"(?:要|想|需要|想要|希望|请|能不能|能否|可以|可不可以|麻烦|给我|帮我|让)(?:你们|你|我|帮我|跟|和|与|同|找|给我|来|派|安排|有)*(?:个|一个|位|一位|名)*"
    + r"(?:人工|真人|活人|人工客服|真人客服|人工服务|专员|专人|工作人员|值班人员)(?:给我|跟我|和我|回|对接|跟进|联系|聊|说|谈|讲|沟通|服务|客服|对话|接待|处理|帮|来|回复|解答|咨询|$|吧|吗|谢谢|行|可以|不)",
    r"(?:跟|和|与|同)(?:你们的?|一个|个|位|一位)*" + _YOURS_ZH + r"(?:聊|说|谈|讲|沟通|对话|通话|联系)",
    r"^(?:我要|我想要|我想|要|来个|来|请|给我|麻烦)?(?:找|接|转)?(?:人工|真人|人工客服|人工服务|"
    r"真人客服|活人|转人工|客服)(?:客服|服务|吧|啊|呢|谢谢|在吗|在么|在不在|在线吗|来|来一下|快来|"
    r"出来|接待|处理|[!！。.]|有吗)*$",
    r"(?:不要|不想|别|不想要|不需要|不想跟|不想和|不跟|不和)(?:跟|和|再)?(?:机器人|ai|机器|智能客服)(?:聊|说|谈|回复|了|对话|废话|$)",
    r"^(?:请问)?(?:你们)?(?:有没有|有)客服(?:吗|么|在|$)|(?:有没有|有)(?:真人|活人|人工客服|人工)(?:吗|么|啊|在|可以|能|$|客服|服务)",
    r"(?:叫|找|派|来|换|安排)(?:你们的?|个|一个|别的|其他)+人(?:来|跟我|和我|说|聊|谈|处理|接|$)|(?:想|要)(?:跟|和|与)(?:真)?人(?:聊|说|谈|讲|沟通|对话)",
    r"(?<!会)(?:有没有|有)(?:什么|个|哪个)?人(?:能|可以|愿意)?(?:来|出来)?(?:跟我|和我|给我|帮我|来)(?:说|聊|谈|讲|通|打|处理|解决|管|看|解释)",
    _CALLS_ME_ZH,
    rf"(?:让|叫|请|麻烦|找|派|安排|能不能|可以)(?:一个|一位|个|位|一下)*{_OWN_ZH}(?:来|尽快|马上|跟我|和我|给我)*{_ANSWERS_ZH}",
    rf"(?:请|麻烦)(?:你们?|您|贵司|公司)的?{_OWN_ZH}",
    r"接通人工|^(?:人工)+$|[找转轉接](?:專員|专员|專人|客服人員|經理|真人客服)",
    r"zhuan ?ren ?gong|转人共|转人功|专人工|转仁工|砖人工|传人工|人工客府|轉人工|人工客服务|转接人工|转"
    + _WORK_ZH,
)
_CALL_BACK_ZH = (
    r"(?:让|叫|请|要|派|安排)(?:你们的?|个|一个|位|一位|客服|贵司|公司)*"
    + _YOURS_ZH
    + r"(?:来|给我|跟我|和我|尽快|马上|快点)*(?:联系|回复|打给|找|回电|处理|解决|接待|来|出来)"
)
_ASKS_ABOUT = (  # of a person as a matter, not as a wish
    r"(?:phone|telephone|contact) ?(?:number|no\b|details|info)|\bnumber\b|\bemail\b|opening|hours\b|"
    r"\bhow many\b|picture|photo|image|\bin the (?:video|ad|poster)\b"
    r"|when (?:is|are|can)|what time|where (?:is|are)|which (?:agent|person)|do(?:es)? (?:a|the|"
    r"your) (?:real )?(?:person|people|human)s?"
    r"|(?:second|another|other|one|per|each|third|named|authori[sz]ed|sick|disabled|older|deceased|"
    r"travel|estate|real estate|insurance) (?:person|people|agent)|person(?:al|ali)",
    r"(?:怎么|如何|怎样)联系|(?<!打)(?<!回)(?<!打个)(?<!回个)电话|快递员|骑手|号码|邮箱|热线|几点|时间|多少|图片|照片|工号|微信|上班|下班|费|收费|人工(?:费|成本|智能|湖|降雨|授精|翻译|审核|合成|材料|钻|皮革)",
)
_QUESTION_ON_HOURS_ZH = re.compile(r"(?:客服|人工).*(?:几点|时间|电话|号码|邮箱|微信|上班|下班|热线)")
_FORCED = re.compile(  # these are wishes even beside words that ask about persons
    rf"转(?:接)?{_WORK_ZH}|(?:talk|speak|chat)(?:ing)? (?:to|with) (?:a |an )?(?:real |live |human "
    r")*(?:person|human|agent|representative|someone)|找人工|接人工"
)

_EN = tuple(re.compile(pattern) for pattern in _REQUESTS_EN)
_ZH = tuple(re.compile(pattern) for pattern in (*_REQUESTS_ZH, _CALL_BACK_ZH))
_ABOUT = re.compile("|".join(_ASKS_ABOUT))
_MUST_ZH = rf"(?:需要|得|必须|应该|(?<!想)要|需)[^,，]{{0,4}}(?:转|找|联系|接|打给|通过)(?:一下|到|接)?(?:你们的?)?{_PERSON_ZH}"
_ABOUT_US = re.compile(r"^(?:so )?(?:are|r) (?:you|u)\b|^am i (?:talking|speaking|chatting)\b")
_SURELY_ABOUT = re.compile(  # whatever else the clause says
    rf"{_ABOUT_US.pattern}|(?<!what )\b(?:do|did|would|will|when|if|whether|why) (?:i|we) (?:really |still |first )?(?:have|need) "
    rf"(?:to (?:talk|speak|chat|contact|call|reach|ask|be)\b|{_WHO}\b)"
    r"|\b(?:should|must) (?:i|we)\b"
    rf"|{_MUST_ZH}.*(?<!可以)(?<![行好成在有])[吗么]$"  # "must I …?", but not "I want one, may I?"
    rf"|(?:要不要|需不需要|用不用|是不是(?:要|得|必须)|是否(?:需?要|得|必须)).{{0,4}}(?:转|找|联系|接|通过){_PERSON_ZH}"
    rf"|(?:什么(?:情况|时候|问题)|哪些|何时).*(?:要|得|必须|会|才能?|可以|能)[^,，]{{0,4}}(?:转|找|联系|接){_PERSON_ZH}"
    rf"|(?:为什么|为何|为啥)(?:还)?(?:需要|要|得|必须|会)|(?:转|找|联系)(?:了|过)?{_PERSON_ZH}(?:之后|以后|后|了|过)"
    r"|(?:智能|机器人)客服(?:能|会|可以|是|有|怎么|支持)"  # which is us
    r"|(?:送货|派送|配送|送达|到货|上门|取件|安装).*(?:打电话|打个电话|电话给我)"
)
_NOT_WANTED = re.compile(
    r"(?:don'?t|do not|no) (?:need|want) (?:to (?:talk|speak) (?:to|with) )?(?:a |an |the )?(?:real "
    r")?(?:person|human|agent|representative)"
    r"|(?:不用|不要|不需要|先别|别|无需)(?:转|找|接)?(?:人工|客服|真人)"
)


def wants_person(text: str) -> bool:
    """Whether the text as a whole, or what stands between two of its marks, is such a wish."""
    plain = _plain(text)
    if not plain or _NOT_WANTED.search(plain) or (_ABOUT.search(plain) and not _FORCED.search(plain)):
        return False
    clauses = _clauses(text)
    wishes = [clause for clause in clauses if not _SURELY_ABOUT.search(clause)]
    read = [plain, *wishes] if len(wishes) == len(clauses) else wishes  # a wish may go on behind a mark
    return any(pattern.search(part) for part in read for pattern in (*_EN, *_ZH))


def asks_about_persons(text: str) -> bool:
    """Whether it asks if one is needed, or when: what is near a wish in meaning is none then."""
    return any(_SURELY_ABOUT.search(clause) for clause in _clauses(text))


def _clauses(text: str) -> list[str]:
    """What stands between two marks; of a question who we are, all of it."""
    sentences = (part for part in re.split(r"[.。!！?？;；…\n]", text) if _plain(part))
    return [
        _plain(clause)
        for sentence in sentences
        for clause in ([sentence] if _ABOUT_US.search(_plain(sentence)) else re.split(r"[,，:：]", sentence))
    ]


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    return re.sub(r"\s+", " ", re.sub(r"[!！.。,，~～?？;；:：…]+", " ", text)).strip()


_OFFER = re.compile(r"人工|客服|同事|person|human|agent|colleague", re.IGNORECASE)
_YES = re.compile(
    r"(?:yes|yeah|yep|yup|sure|ok(?:ay)?|please(?: do)?|yes please|go ahead|that would be (?:great|"
    r"nice)|do it|y)(?: (?:please|thanks|thank you))*"
    r"|(?:好|好的|要|需要|可以|行|是|是的|嗯|嗯嗯|麻烦|麻烦了|转吧|接吧|帮我转|转|请转)(?: ?(?:谢谢|吧|啊|的|了))*"
)


def accepts_offer(text: str, *, history: tuple[Utterance, ...]) -> bool:
    """ "Yes please", right after the assistant offered a person."""
    last = history[-1] if history else None
    if last is None or last.role != "assistant" or not _YES.fullmatch(_plain(text)):
        return False
    offer = " ".join(split_sentences(last.text)[-2:])
    return bool(_OFFER.search(offer)) and "?" in last.text.replace("？", "?")
