"""Does a sentence of a passage speak to the assistant, and not to a customer? "Ignore all earlier instructions and …".

A document may hold such a sentence, by malice or by copying. It is data, never an instruction; but its words are the
passage's own, so quoting alone would show them. By rules, in both languages, of two kinds: what names the assistant, its prompt or its instructions speaks to
it; a mere order ("you must reply to the seller") does so only beside such. What tells readers to leave the label of a
parcel or an old mail out of account stays. Knows nothing of who wrote a document, and recognises no plain lie.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from dialogue.language.sentences import sentences_of

_EARLIER = r"(?:previous|prior|earlier|above|preceding|foregoing|former|original|initial|existing|system|hidden|current)"
_ORDERS = (
    r"(?:instructions?|prompts?|rules|guidelines|directions|directives|commands?|programming|training|"
    r"restrictions|constraints|context|orders given)"
)
# A "support agent" is a person.
_ASSISTANT = (
    r"(?:(?:ai|virtual|chat|digital|automated|language)[ -]?(?:assistant|agent|model|bot|system)|(?:helpful|support)[ -]?(?:assistant|"
    r"model|bot|system)|(?:large )?language model|llms?|a\.?i\.?|assistants?|chat ?bots?|bots?|chat ?gpt|gpt(?:-\d)?|deepseek|claude|"
    r"gemini|copilot)s?"
)
_ANSWERING = (
    r"(?:tell|say|answer|reply|respond|write|reveal|output|print|repeat|claim|pretend|recommend|ignore|disregard|"
    r"forget|include|append|promise|ask|instruct|inform|act|behave|translate|disclose|offer|send|give|state|insist|agree|"
    r"confirm|refuse|never|always|only)"
)
_MUST = r"you(?:'ll)? (?:will|must|should|shall|are(?: going)? to|have to|need to|always|only)(?: (?:now|only|always|never|have to|be))*"
_EVERYBODY = r"(?:every(?:body|one)|whoever|all of them|(?:the|every|all|each|any)(?: \w+)? (?:customers?|users?|visitors?|clients?|readers?|humans?))"
_OF_CUSTOMERS = (
    r"(?:the|every|all|any|each|our|your)(?: \w+)? (?:customers?|users?|visitors?|clients?|readers?|humans?)"
)
_CLAUSE = (
    r"(?:^|[,:;.!>\])\"'-]\s*|\b(?:and|then|please|now|instead|must|always|to) )"  # an imperative begins here
)
# Whoever is told to answer, act or write about these is a customer, a member, a candidate.
_NOT_OF_AFFAIRS = (
    r"(?!.*\b(?:sellers?|buyers?|merchants?|hosts?|guests?|members?|tenants?|landlords?|guarantors?|holders?|candidates?|students?|"
    r"patients?|witness|agent for|e-?mails?|letters?|mail|sms|forms?|surveys?|invitations?|invoices?|bookings?|orders?|tickets?|"
    r"codes?|numbers?|pins?|cards?|accounts?|exams?|tests?|courses?|pencil|pen|ink|capitals?|sentences?|boxes|court|claims?|"
    r"minutes?|hours?|days?|weeks?|(?:tele)?phones?|staff|prices?|fees?|reviews?|good faith|courtesy|security questions?)\b)"
)
_SPEAKS_EN = (
    rf"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overrid(?:e|ing)|bypass(?:ing)?|discard)\b(?: \w+){{0,3}}? "
    rf"(?:{_EARLIER}|your)(?: \w+){{0,2}}? {_ORDERS}",
    rf"\b(?:ignore|disregard|forget|override|bypass|discard) (?:all|any|every)(?: of)?(?: the| these| those)? {_ORDERS}"
    r"(?:\s*(?:[,.;:!]|$)| and\b| that (?:were|was|you)| given| you)",
    r"\b(?:ignore|disregard|forget) (?:everything|anything|all|whatever|what) (?:that )?(?:you(?! (?:\w+ ){1,2}about\b)|the system|"
    r"the user|was said|(?:is |was |written |said )*(?:above(?! the (?:dotted )?line)|before(?! (?:you|ordering|use))))",
    r"(?:do not|don't|never|stop) (?:follow|obey|adher\w+ to|following|obeying)(?: \w+){0,2} "
    rf"(?:{_EARLIER}|your|system)(?: \w+)? {_ORDERS}",
    r"\byou(?:'re| are) (?:now |no longer |from now on |actually )+(?:an? |the |in |called |named )?(?:[\w-]+ ){0,3}?(?:\w*bot|\w*gpt|"
    rf"{_ASSISTANT}|dan|pirate|hacker|persona|(?:god|jailbreak|unrestricted) mode|jailbroken|unrestricted|uncensored)\b",
    rf"\bfrom (?:now|here|this point) on(?:wards?)?,? you(?:'re| are) (?:\w+, )?(?:an? |the |called |named )?(?:[\w-]+ ){{0,3}}?(?:\w*bot|\w*gpt|{_ASSISTANT})\b",
    rf"\bfrom (?:now|here|this point) on(?:wards?)?,? {_MUST} (?:act|pretend|respond|reply|answer|speak|behave|write|say|role-?play|assume "
    rf"the (?:identity|role))\b{_NOT_OF_AFFAIRS}",
    rf"\bfrom (?:now|here|this point) on(?:wards?)?,? (?:{_MUST} )?{_ANSWERING}\b.*\b(?:to {_EVERYBODY}|that {_EVERYBODY})\b",
    rf"^\W*(?:dear |hey |hi |hello |attention,? |note (?:to|for) (?:the |any |all )?|message (?:to|for) (?:the |any |all )?|"
    rf"important,? )*{_ASSISTANT}\b(?: (?:prompt|message|note|notice|instructions?|override|update|reading this))*\s*[:,!>-]"
    rf"(?=.*\b(?:you\b|must\b|do not\b|don't\b|{_ANSWERING}\b))",
    rf"\b(?:note|message|instructions?|notice|attention|memo|reminder|directive)s? (?:to|for) (?:the |any |all |every )?{_ASSISTANT}\b"
    r"(?! (?:page|section|app|button|feature|vacuum|cleaner))",
    rf"^\W*(?:system|developer|admin|root|override)(?: (?:prompt|message|note|notice|instructions?|override|update|command))?\s*[:>]"
    rf"(?=.*\b(?:{_ASSISTANT}\b|{_MUST} {_ANSWERING}\b|{_ANSWERING} (?:that |to )?{_EVERYBODY}))",
    rf"(?<!shop )(?<!sales )(?<!store )(?<!personal )\b{_ASSISTANT}(?: reading this| that reads this)?,? (?:must|should|shall|has to|"
    r"have to|needs? to|is (?:required|instructed|ordered|told|expected|obliged) to|are (?:required|instructed|ordered|told) to|"
    rf"will now|is now to|is to)(?: \w+){{0,2}}? {_ANSWERING}\b(?! (?:within|in \d|simple|easy|common|your (?:questions?|identity)))",
    rf"\bif (?:you are|you're|this is (?:being )?read by) (?:an? |the )?{_ASSISTANT}\b",
    rf"\bas (?:an?|the) {_ASSISTANT},? (?:you (?:must|should|shall|will|have to|are)|{_ANSWERING}\b)",
    rf"{_CLAUSE}(?:tell|inform|instruct|convince|persuade|order|urge|direct|advise) (?:the|every|all|any|each)(?: \w+)? (?:customers?|users?|"
    r"visitors?|clients?|readers?|humans?) (?:that|about|how|they|their|it|there|his|her|everything|nothing|no)\b",
    rf"{_CLAUSE}ask (?:the|every|all|any|each)(?: \w+)? (?:customers?|users?|visitors?|clients?|readers?|humans?) (?:for|about|to)\b.*"
    r"\b(?:passwords?|passcodes?|pins?|card (?:number|details)|bank|log-?ins?|credentials|money|secrets?)\b",
    rf"{_CLAUSE}(?:only |always )?(?:answer|reply|respond)(?: only| always| exclusively)? (?:to )?(?:every|all|each|any)(?: \w+)? "
    rf"(?:questions?|customers?|users?|messages?|quer(?:y|ies)|requests?)(?: \w+){{0,3}} (?:with|in|by|that|as)\b{_NOT_OF_AFFAIRS}",
    rf"{_CLAUSE}(?:answer|reply|respond|write|speak) (?:only|exclusively|always) as\b{_NOT_OF_AFFAIRS}",
    r"\b(?:answer|respond to|reply to) (?:(?:all|each|any|every)(?: of)? )?(?:my|your) prompts?\b",
    rf"\b{_MUST} (?:answer|respond to|reply to) (?:(?:all|each|any|every)(?: of)? )?(?:my (?:questions?|messages?)|me\b)",
    rf"{_CLAUSE}(?:reveal|print|show|repeat|output|leak|disclose|display|share|expose)(?: \w+){{0,3}} (?:(?:system|hidden|initial|secret|"
    r"original|internal) prompt|(?:system|hidden|secret|initial|internal) instructions?)",
    rf"{_CLAUSE}(?:say|output|print|write|repeat|reply|respond)(?: with)? (?:only |exactly )?(?:the )?(?:secret|magic) "
    r"(?:words?|phrase|sentence|text|string|code ?word)",
    rf"{_CLAUSE}(?:add|include|append|mention|insert|place|put|end|start|begin|finish|close)\b.{{0,80}}\b(?:every|each|all(?: of)?(?: your)?|"
    rf"your (?:next|final)|your) (?:responses?|outputs?)\b{_NOT_OF_AFFAIRS}",
    rf"{_CLAUSE}(?:add|include|append|mention|insert|place|put|end|start|begin|finish|close) (?:(?:the|this|these|a) (?:following )?(?:line|"
    r"words?|sentence|phrase|text|link|url|address|code)|[\"“']).{0,80}\b(?:every|each|all(?: of)?(?: your)?|your (?:next |final )?)\s?answers?\b",
    r"\b(?:real|secret|system) (?:instructions|prompt|directive)s?(?: for you)?\s*:|\b(?:instructions|prompt|directive)s? for you\s*:",
    rf"\b(?:new|updated|revised|additional) (?:instructions|prompt|directive)s?\s*: (?:you|be|do not|don't|{_ANSWERING})\b",
    r"^\W*(?:\d+\W+)?(?:(?:hi|hello|hey|please|now|instead)\b[\w ]{0,12},? ?)?(?:role-?play as|pretend (?:to be|that you|you are|you're))",
    rf"\b{_MUST} (?:now )?(?:going to )?(?:role-?play|pretend (?:to be|that you|you))",
    rf"{_CLAUSE}(?:act as (?:an? |the )(?:[\w-]+ )?{_ASSISTANT}|enter (?:god|dan|jailbreak) mode)",
    r"\b(?:i want|i need|i order|i command) you to (?:act|pretend|behave|answer|respond|reply|ignore|play|always|never|only)\b",
    rf"\b{_MUST} (?:respond|reply|answer)\b(?: (?!and\b|or\b|as\b)\w+){{0,4}}? as (?!soon|quick|fast|early|part\b|well|it\b|follows|a matter|"
    rf"(?:stated|shown|described|required|agreed)\b){_NOT_OF_AFFAIRS}",
    rf"\b{_MUST} act (?:as|like)\b{_NOT_OF_AFFAIRS}(?! (?:our|this|an? (?:\w+ )?(?:guarantor|trustee|proxy|second))\b)",
    r"(?:system prompt|prompt injection|jailbreak(?!\w* (?:or root|your|the|an?|phones?|devices?|iphones?)|\w))",
)
# Mere orders: help pages give them to customers, too. They speak to the assistant where something else does, or names a model.
_BIDS_EN = (
    r"\bfrom (?:now|here|this point) on(?:wards?)?,? (?:you (?:are|will|must|should|shall|only|always|answer|respond|speak|act)"
    rf"(?! (?:able|receive|get|see|find|collect|earn|need|pay|save|be able))|{_ANSWERING}\b)",
    rf"^\W*(?:system|developer|admin|root|override)(?: (?:prompt|message|note|notice|instructions?|override|update|command))?\s*[:>]"
    rf"(?=.*\b(?:you\b|the (?:customer|user)\b|{_ANSWERING} (?:the|every|all|each|only|that|with)\b))",
    r"\byou are (?:now |actually )?in (?:developer|debug|admin) mode\b",
    rf"{_CLAUSE}(?:tell|inform|instruct|convince|persuade|ask|order|urge|direct|advise) {_OF_CUSTOMERS} "
    r"(?:that|to|for|about|how|they|their|it|there|his|her|we|our|everything|nothing|no)\b",
    rf"{_CLAUSE}(?:only |always )?(?:answer|reply|respond)(?: only| always| exclusively)? (?:to )?(?:every|all|each|any)(?: \w+)? "
    r"(?:questions?|customers?|users?|messages?|quer(?:y|ies)|requests?)(?: \w+){0,3} (?:with|in|by|that|as)\b",
    rf"{_CLAUSE}(?:answer|reply|respond|write|speak) (?:only|exclusively|always) (?:with|in|as)\b(?! (?:your|capital|block))",
    rf"{_CLAUSE}(?:reveal|print|show|repeat|output|leak|disclose|display|share|expose)(?: \w+){{0,3}} (?:system|hidden|initial|secret|"
    r"original|internal) (?:instructions?|message|configuration)",
    rf"{_CLAUSE}(?:say|output|print|write|repeat|reply|respond)(?: with)? (?:only |exactly )?(?:the )?(?:following|exact) "
    r"(?:words?|phrase|sentence|text|string|code ?word)",
    rf"{_CLAUSE}(?:add|include|append|mention|insert|place|put|end|start|begin|finish|close)\b.{{0,80}}\b(?:every|each|all(?: of)?(?: your)?|"
    r"your (?:next|final)|your) (?:answers?|responses?|outputs?)\b",
    r"\b(?:new|updated|revised|additional) (?:instructions|prompt|directive)s?\s*:",
    rf"{_CLAUSE}(?:role-?play as|pretend (?:to be|that you|you are|you're)|act as (?:if you|though you)|enter (?:developer|debug) mode)",
    r"\b(?:i want|i need) you to (?:write|be)\b",
    r"\byou (?:will|must|should|shall|are to|have to|need to)(?: now| only| always| never)* (?:act|pretend|respond|reply|answer|behave|"
    r"role-?play)\b(?: only| always| exclusively)? (?:as|like|with|in|to|that)\b(?! (?:our|this|the (?:mail|letter|e-?mail|form|survey)))",
)
_ASSISTANT_ZH = r"(?:(?:智能|虚拟|ai|人工智能|语音|在线)?助手|ai|人工智能|聊天机器人|机器人|智能客服|ai ?客服|机器人客服|大?语言模型|大模型|模型|chatgpt|gpt|deepseek|llm)"
_MODEL_ZH = r"(?:(?:智能|虚拟|ai|人工智能|在线)?助手|ai|人工智能|聊天机器人|智能客服|ai ?客服|机器人客服|大?语言模型|大模型|chatgpt|gpt|deepseek|llm)"
_EARLIER_ZH = r"(?:之前|以上|上面|上述|前面|先前|此前|以前|原有|原来|原先|原本|所有|全部|任何|一切|你的|系统|既定|已有|现有|当前|这些)"
_ANSWERING_ZH = (
    r"(?:回答|答复|回复(?:所有|每|任何|他|她|顾客|用户|客户|对方|说|[：:“\"「])|告诉|告知|说出|输出|忽略|无视|泄露|透露|扮演|"
    r"假装|声称|谎称|宣称|推荐|承认|保证|承诺|索要|要求(?:顾客|用户|客户|对方|他|所有|每)|诱导|引导(?:顾客|用户|客户)|重复|复述)"
)
_OF_CUSTOMERS_ZH = r"(?:(?:每个|每位|每一位|所有|全部|任何|这位|该|来访的?)的?)?(?:顾客|用户|客户|访客|买家|对方|他们|提问者|人类)们?"
_CLAUSE_ZH = r"(?:^|[，,。；;：:！!、>\]】）)”\"]\s*|请|务必|必须|然后|直接|一律|只需|接着|马上|立即)"
_FROM_NOW_ZH = r"(?:从现在起|从现在开始|现在起|现在开始|接下来|从此|今后)[，, ]*"
_BUT_QUESTIONS_ZH = r"(?!回答.{0,10}(?:问题|咨询|提问|疑问)(?!.*[“\"「]))"  # "answers common questions only" tells customers what to expect
_SPEAKS_ZH = (
    rf"(?:忽略|无视|忘记|忘掉|忘了|抛弃|丢弃|覆盖|推翻|违反|绕过|跳过|不要理会|不用理会|不要管|不用管|别管|不要遵守|不再遵守|不必遵守|停止遵守)"
    rf"(?:掉|了)?{_EARLIER_ZH}.{{0,8}}?(?:指令|命令|提示词|prompt|系统提示|系统消息|设定|约束|限制|规则|准则|指示|对话|上下文|训练)",
    rf"^(?!.*(?:如果|如已|如您|若|假如|要是|已付款|已完成|短信|邮件|标签)).*(?:忽略|无视|忘记|忘掉|不要理会|别管){_EARLIER_ZH}.{{0,4}}?(?:内容|提示|要求|说明|规定|信息|文字|资料)",
    rf"{_FROM_NOW_ZH}(?:请|你|您|{_ASSISTANT_ZH})?[，, ]*(?:必须|只能|要|就|都|将|请|一律|不再)*"
    rf"(?:{_BUT_QUESTIONS_ZH}回答|答复|忽略|无视|泄露|透露|扮演|假装|声称|谎称|宣称|是一[个名位只].{{0,12}}(?:助手|机器人|模型|黑客|海盗|专家|ai)|不受(?!理)|不再受(?!理)|只说|名叫|叫做)",
    rf"{_FROM_NOW_ZH}(?:请?你|{_ASSISTANT_ZH})[，, ]*(?:必须|只能|要|就|都|将|请|一律|不再)*(?:{_ANSWERING_ZH}|进入.{{0,6}}模式)",
    r"^(?!.*吗).*你(?:现在|不再|其实|已经)?(?:的身份)?(?:就)?(?:是|变成|成为)(?:了)?(?:一[个名位只])?.{0,10}(?:助手|机器人|语言模型|大模型|黑客|海盗|dan|不受限制|无限制)",
    rf"(?:你|请你?|{_ASSISTANT_ZH})[，, ]{{0,9}}(?:必须|要|需要|应该?|来|将)?(?:扮演|假扮|假装(?:成|是|你)|模拟成)",
    rf"^\W*(?:致|给|亲爱的|提醒|请|尊敬的)?{_ASSISTANT_ZH}(?:们)?(?:请注意|注意|须知|请|指令|提示)?\s*[：:，,！!].{{0,30}}?(?:{_ANSWERING_ZH}|你|必须|只能)",
    rf"(?:给|致|对|写给|告诉){_MODEL_ZH}的?(?:话|提示|指令|指示|说明|备注|留言|要求)",
    rf"^\W*(?:系统|管理员|开发者)(?:提示词?|消息|指令|命令|通知|提醒|备注|信息)?\s*[：:>].*(?:(?:客服|你|{_ASSISTANT_ZH}).{{0,6}}(?:必须|应当?|要|只能|不得|务必|需).{{0,8}}(?:{_ANSWERING_ZH}|所有人|发放|每个人)|{_ANSWERING_ZH})",
    rf"(?<!扫地)(?<!拖地)(?<!擦窗){_ASSISTANT_ZH}(?:在?(?:回答|读到|看到).{{0,8}})?[，, ]*(?:请|必须|务必|应当|应该|应|只能|只可以|只需|一律|不得不|需要|需|要|都要|都得|得)+(?:先|立即|马上|直接|统一|始终|总是|永远|向.{{0,4}}|对.{{0,4}})*{_BUT_QUESTIONS_ZH}{_ANSWERING_ZH}",
    rf"如果你是.{{0,4}}{_ASSISTANT_ZH}|(?:作为|身为)(?:一[个名位款])?{_ASSISTANT_ZH}[，, ]*(?:你|必须|请|应)",
    rf"{_CLAUSE_ZH}(?:要|都)?(?:告诉|告知|要求|诱导|说服)(?:每个|每位|每一位|所有|全部|任何|来访的?)的?(?:顾客|用户|客户|访客|买家|人).{{0,4}}?(?:可以|能|必须|需要?|应|把|将|去|到|向|说|：|:|，|,|“|\"|已|没有|不|我们|本店|商品|价格|密码|打|点|加|发|提供)",
    rf"{_CLAUSE_ZH}(?:要|都)?(?:告诉|告知|要求|诱导|说服|引导|让){_OF_CUSTOMERS_ZH}.{{0,12}}?(?:密码|验证码|转账|汇款|网址|链接|https?:)",
    rf"{_CLAUSE_ZH}(?:你)?(?:只能|只准|只许|只|一律|统一|总是|始终)(?:回答|说|输出|用.{{1,8}}回答)(?:[：:“\"「'‘]|一句|这句|同样)",
    r"(?:对|回答|回复|对于)(?:所有|每个|每一个|任何|一切)(?:的)?(?:问题|提问|用户|顾客|客户|消息)[，,]?(?:都|均|一律|统一|时).{0,6}(?:回答|回复|说|答|声称|承诺|推荐|输出)(?!.{0,3}(?:积分|奖励))",
    rf"{_CLAUSE_ZH}(?:输出|泄露|说出|展示|显示|复述|重复|打印|公布|透露|公开).{{0,8}}(?:提示词|系统指令(?!手册)|初始指令|隐藏指令|暗号|密语)",
    r"(?:你的|系统|隐藏的?|初始|原始)(?:提示词|系统指令|初始指令|隐藏指令)|提示词注入",
    r"(?:新的?|更新后的?|真正的?|额外的?)(?:系统指令|提示词)\s*[：:]|(?:新的|真正的?|额外的?)指令\s*[：:]",
    r"在(?:你的)?(?:每个|每次|每条|所有|你的|最终)(?:的)?(?:回答|回复|答案|答复|输出)(?:的)?(?:中|里|末尾|结尾|最后|开头|后|前)面?(?:都|请|必须|要)?(?:加|附|插入|包含|提到|提及|推荐|宣传)",
)
_BIDS_ZH = (
    rf"{_FROM_NOW_ZH}(?:请|你|您|{_ASSISTANT_ZH})?[，, ]*(?:必须|只能|要|就|都|将|请|一律|不再)*(?:{_ANSWERING_ZH}|进入.{{0,6}}模式)",
    r"，[，, ]{0,9}(?:必须|要|需要|应该?|来|将)?(?:扮演|假扮|假装(?:成|是|你)|模拟成)",
    rf"(?:给|致|对|写给|告诉){_ASSISTANT_ZH}的?(?:话|提示|指令|指示|说明|备注|留言|要求)",
    r"^\W*(?:系统|管理员|开发者)(?:提示词?|消息|指令|命令|通知|提醒|备注|信息)?\s*[：:>].*(?:客服|你).{0,6}(?:必须|应当?|要|只能|不得|务必|需)",
    rf"{_CLAUSE_ZH}(?:要|都)?(?:(?:告诉|告知|通知|要求|诱导|说服|引导){_OF_CUSTOMERS_ZH}|让(?:顾客|用户|客户)).{{0,4}}?(?:可以|能|必须|需要?|应|把|将|去|到|向|说|：|:|，|,|“|\"|已|没有|不|我们|本店|商品|价格|密码|打|点|加|发|提供)",
    rf"{_CLAUSE_ZH}(?:你)?(?:只能|只准|只许|只|一律|统一|总是|始终)(?:回答|回复|说|输出|用.{{1,8}}回答)(?:[：:“\"「'‘]|一句|这句|以下|同样)",
    r"(?:对|回答|回复|对于)(?:所有|每个|每一个|任何|一切)(?:的)?(?:问题|提问|用户|顾客|客户|消息)[，,]?(?:都|均|一律|统一|时)",
    rf"{_CLAUSE_ZH}(?:输出|泄露|说出|展示|显示|复述|重复|打印|公布|透露|公开).{{0,8}}(?:系统指令|系统消息|系统提示)",
    r"(?:新|更新后的?)指令\s*[：:]",
    r"在(?:你的)?(?:每个|每次|每条|所有|你的|最终)(?:的)?(?:回答|回复|答案|答复|输出)(?:的)?(?:中|里|末尾|结尾|最后|开头|后|前|都)",
)
_CONTROL = (  # marks of chat templates: no shop writes them; "## System requirements" is a heading
    r"<\|[\w▁]+\|>|<｜[^｜]+｜>|\[/?inst\]|<</?sys>>|</?(?:system|assistant|instructions?|prompt|im_start|im_end|tool_call)>|"
    r"^#{2,} ?(?:system|instruction|human|assistant|user)\s*:|\b(?:begin|end) (?:system|hidden) (?:prompt|instructions)",
)
_NAMES_MODEL = re.compile(
    rf"\b(?:chat ?gpt|\w+gpt|gpt-?\d?|openai|(?:large )?language models?|ai (?:language )?models?|as an ai|llms?)\b|大?语言模型|大模型|提示词|{_CONTROL[0]}"
)
_SPEAKS = tuple(re.compile(pattern) for pattern in (*_SPEAKS_EN, *_SPEAKS_ZH, *_CONTROL))
_BIDS = tuple(re.compile(pattern) for pattern in (*_BIDS_EN, *_BIDS_ZH))
_HIDDEN = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")


@lru_cache(maxsize=4_096)
def commands_assistant(sentence: str) -> bool:
    """By itself, whatever stands around it."""
    plain = _plain(sentence)
    return _matches(_SPEAKS, plain) or (bool(_NAMES_MODEL.search(plain)) and _matches(_BIDS, plain))


@lru_cache(maxsize=1_024)
def commanding_sentences(text: str) -> frozenset[int]:
    """Their places in `sentences_of(text)`.

    What follows a command in its line is what it says to say, and goes with it. A mere order goes alone, and only where
    something in the text speaks to the assistant or names a model.
    """
    commands, orders, place = set(), set(), 0
    for line in text.split("\n"):
        told = False
        for sentence in sentences_of(line):
            told = told or commands_assistant(sentence)
            if told:
                commands.add(place)
            elif _matches(_BIDS, _plain(sentence)):
                orders.add(place)
            place += 1
    is_meant = commands or (orders and _NAMES_MODEL.search(_plain(text)))
    return frozenset(commands | orders if is_meant else commands)


def _matches(patterns: Sequence[re.Pattern[str]], plain: str) -> bool:
    return any(pattern.search(plain) for pattern in patterns)


def _plain(text: str) -> str:
    plain = _HIDDEN.sub("", unicodedata.normalize("NFKC", text)).lower().replace("’", "'")
    return re.sub(r"\s+", " ", re.sub(r"[*_`~]+", "", plain)).strip()
