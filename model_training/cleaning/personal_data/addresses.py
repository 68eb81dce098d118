"""Where somebody lives: Chinese addresses from province to room, and those of the Latin world from house to country."""

import re
from collections.abc import Iterator

from model_training.cleaning.personal_data.spans import Kind, Span

_H = r"\u4e00-\u9fff"
_REGION = rf"(?:[{_H}]{{2,8}}?(?:特别行政区|自治区|自治州|省|地区|盟))"
_CITIES = "北京|上海|天津|重庆|广州|深圳|杭州|南京|苏州|成都|武汉|西安|长沙|郑州|青岛|济南|沈阳|大连|哈尔滨|长春|厦门|福州|合肥|昆明|南昌|宁波|无锡|佛山|东莞|石家庄|太原|兰州|贵阳|南宁|海口|香港|澳门|台北"
_PROVINCES = "河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆"
_UNITS = rf"(?:(?:中国)?(?:{_PROVINCES}|{_CITIES}|{_REGION})省?市?\s?,?)?(?:[{_H}]{{1,6}}?(?:市|自治州|地区|盟)\s?)?(?:[{_H}]{{1,7}}?(?:区|县|旗|新区|开发区)\s?)?(?:[{_H}]{{1,7}}?(?:街道|镇|乡|苏木)\s?)?(?:[{_H}]{{1,6}}?(?:村|屯|庄)\s?)?"
_NUMBER = r"[\d一二三四五六七八九十百零〇A-Za-z]{1,6}(?:[-－—~之、][\dA-Za-z]{1,5})*"
_ROAD = rf"[{_H}\d]{{1,10}}?(?:路|街|大街|大道|道|巷|弄|胡同|里弄|公路|环路|条)"
_PLACE = rf"[{_H}A-Za-z\d]{{2,14}}?(?:小区|花园|公寓|大厦|广场|家园|花苑|雅苑|嘉园|苑|新村|新城|山庄|别墅|大院|宿舍|中心|国际|写字楼|科技园|产业园|工业园|园区|华庭|名邸|府邸|公馆|郡|世家|华府|豪庭|御园|学校|大学|学院|医院)"
_INSIDE = rf"(?:[\s,，]{{0,2}}(?:{_NUMBER}\s?(?:号楼|号院|号|栋|幢|座|楼|层|单元|室|房|户|弄|支弄|区|期|门|组|队)|[东南西北]区|{_PLACE}(?=[\d一二三四五六七八九十A-Za-z])|#?\d{{3,4}}(?!\d)))"
_ZH = re.compile(
    rf"{_UNITS}{_ROAD}\s?(?:[东西南北中]段)?\s?{_NUMBER}\s?(?:号|弄|座|栋|幢|院)(?:{_INSIDE}|{_PLACE})*(?:\s?\d{{6}}(?!\d))?"
    rf"|{_UNITS}(?:{_ROAD})?{_PLACE}\s?{_NUMBER}\s?(?:号楼|号|栋|幢|座|楼|单元|室|层|期){_INSIDE}*"
    rf"|(?:{_PROVINCES}|{_CITIES}|{_REGION})(?:省|市)?[{_H}]{{1,8}}(?:市|区|县)(?:[{_H}]{{1,8}}(?:区|县|镇|乡|街道|村)){{0,2}}[{_H}\d]{{0,12}}?{_INSIDE}+"
    rf"|[{_H}]{{1,6}}(?:乡|镇)[{_H}]{{1,6}}村(?:{_INSIDE})*"
)
# Words before an address that its first part swallows: "请帮我寄到北京市…".
_ZH_LEAD = re.compile(
    r".*(?:地址(?:是|为|在|改成|改为|换成|填)?|住址(?:是|为)?|寄到|寄往|寄去|寄给|送到|送去|送往|发到|发往|发去|发货到|配送到|配送至|送货到|改到|改成|改为|换到|换成|搬到|搬去|住在|家在|位于|在|住|到|往|去|至|是|为|我|请|从|把|和)(?=.{3})"
)
_ZH_CONTEXT = re.compile(
    rf"(?:(?:收货|收件|寄件|家庭|公司|配送|送货|详细|新的?|我的?|邮寄|联系|居住|发票)?(?:地址|住址)|家住|住在|寄到|寄往|送到|发到|配送到|配送至|邮寄到)(?:[\s:：是为在改成换到更]|,|，){{0,4}}((?![哪在多不什怎])(?=[^。！？\n；，]{{0,40}}(?:\d|[省市区县镇乡村路街号楼室]))[{_H}\dA-Za-z\s#\-－—()（）·]{{5,60}}?)(?=[,，。!！?？;；\n]|\s?(?:电话|手机|联系|收件|收货|谢谢|邮编|可以|行吗|吗|$)|$)"
)
_ZIP = re.compile(
    r"(?:邮编|邮政编码)(?:[\s:：是为])*(\d{6})(?!\d)|(?i:\b(?:zip|postal|post)\s?codes?\b(?:[\s:]|\b(?:is|of|my|area)\b)*([A-Z]?\d[A-Z\d -]{2,8}\d|\d{4,5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}))(?![A-Za-z\d])|(?i:\bzip\b(?:[\s:]|\b(?:is|of|my|area)\b)*(\d{5}(?:-\d{4})?)(?!\d))"
)

_STREET = (
    r"(?:street|str|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|courts|way|place|pl|square|sq|terrace|ter|circle|cir|parkway|pkwy|highway|hwy|trail|trl|crescent|cres|close|row|alley|mews|loop|plaza|walk|path|pike|point|pass|ridge|hill|hills|grove|gardens?|green|heights|view|valley|crossing|junction|bypass|extension|expressway|freeway|station|shoal|shoals|spur|spurs|gateway|mission|manor|meadows?|mount|mountain|islands?|lake|lakes|harbors?|fork|forks|forge|fort|falls|estates?|creek|cove|corner|corners|cliffs?|camp|branch|bridge|brook|burg|canyon|center|course|curve|divide|ferry|fields?|flats?|ford|forest|glens?|groves|hollow|inlet|isle|keys?|knolls?|land|light|loaf|locks?|lodge|mall|mills?|motorway|neck|orchard|oval|overpass|park|parks|pine|pines|plains?|port|ports|prairie|radial|ramp|ranch|rapids?|rest|river|roads|route|rue|run|shore|shores|skyway|springs?|squares?|stravenue|stream|streets|summit|throughway|trace|track|trafficway|tunnel|turnpike|underpass|union|unions|via|viaduct|village|ville|vista|walks|wall|ways|well|wells|"
    r"stra(?:ß|ss)e|stra(?:ß|ss)en|weg|platz|gasse|allee|gata|gatan|vägen|vej|gade|utca|ulica|ul|via|viale|corso|piazza|calle|avenida|plaza|paseo|rua|avenida|rue|chemin|quai|laan|straat|plein|kade|katu|tie|gate|veien|terrasse|braut|kapu|út|tér)"
)
_NAME = r"[A-Z0-9À-ÞŁŚŻŠČŽ][\w'’.\-]*"
_UNIT = r"(?:[,\s>.]+(?:(?i:apt|apartment|suite|ste|unit|floor|fl|room|rm|flat|bldg|building|box|lot|level|block)\b\.?\s*#?\s*[\w-]{1,6}|\#\s?\w{1,6}|\d{1,2}(?:st|nd|rd|th)\sfloor))"
_COUNTRIES = "United States|USA|U\\.S\\.A?\\.?|United Kingdom|UK|Canada|Australia|Germany|France|Spain|Italy|Netherlands|Belgium|Switzerland|Austria|Ireland|India|China|Japan|Singapore|New Zealand|Sweden|Norway|Denmark|Finland|Poland|Portugal|Greece|Hungary|Czech Republic|Uruguay|Brazil|Mexico|Argentina|Iceland|Cyprus|Croatia|Slovenia|South Africa|Tunisia|Russia"
_TAIL = rf"(?:{_UNIT})*(?:\s*[,\n][\s>]*(?![A-Z]\w+\s(?:is|was|are|will|has)\b)[A-Z0-9À-Þ][\w'’.\-]*(?:[ ](?!(?:and|or|is|for|please|by|my|but|as|on|to)\b)[A-Z0-9À-Þ][\w'’.\-]*){{0,3}}){{0,4}}(?:[,\s]+[A-Z]{{2}}(?![a-z]))?(?:[,\s>]+(?:{_COUNTRIES})(?!\w))?(?:[,\s]+\d{{4,5}}(?:-\d{{4}})?(?!\d))?(?:[,\s]+[A-Z]{{1,2}}\d[A-Z\d]?\s\d[A-Z]{{2}})?"
_EN = re.compile(
    rf"(?<![\w$€£.#-])\d{{1,6}}(?:[/-]\d{{1,5}})?[A-Za-z]?,?\s+(?:\d{{1,5}}\s+)?(?:(?:[NSEW]|North|South|East|West|NE|NW|SE|SW)\.?\s+)?(?:{_NAME}\s+|\d{{1,3}}(?:st|nd|rd|th)\s+){{1,4}}?(?i:{_STREET})(?![\w])\.?(?:\s+(?:[NSEW]|NE|NW|SE|SW)\b\.?)?(?:\s\d{{1,5}}(?=\s|,|\.|$))?{_TAIL}"
    rf"|(?<![\w$€£.#-])\d{{1,6}}[A-Za-z]?\s+(?:(?:[nsew]|north|south|east|west)\.?\s+)?(?:[a-z][a-z'-]*|\d{{1,3}}(?:st|nd|rd|th))(?:\s[a-z][a-z'-]*){{0,2}}\s(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|court)\b\.?(?:[,\s]+(?:apt|suite|unit|#)\s?\w{{1,5}})?(?:[,\s]+[a-z]+(?:\s[a-z]+)?,?\s+[a-z]{{2}}\s+\d{{5}}(?!\d))?"
    rf"|(?<!\w)[A-ZÀ-Þ][\w'’-]+(?:straße|strasse|str\.|weg|platz|gasse|allee|gatan|vägen|vej|gade|straat|laan|plein|katu|braut)\s\d{{1,4}}\s?[a-zA-Z]?(?!\w){_TAIL}"
    rf"|(?i:\b(?:the\scorner\sof|intersection\sof))\s+[^,.;!?\n]{{4,70}}"
    rf"|(?<!\w)\d{{1,5}}(?:\s?(?:bis|ter))?,?\s+(?i:rue|avenue|boulevard|place|chemin|impasse|quai|allée|route|via|viale|calle|rua)\s[\w'’ \-]{{3,40}}(?:,?\s\d{{4,5}}\s[A-ZÀ-Þ][\w'’-]+)?"
    rf"|(?<!\w)(?i:calle|via|viale|corso|piazza|rua|avenida|paseo|ulica|ul\.)\s(?:[A-ZÀ-Þ][\w'’.-]*\s?|de\s|del\s|la\s|di\s|da\s){{1,5}},?\s?(?:nº\s?)?\d{{1,4}}\b(?:[,\s]+\d{{4,5}}\s[A-ZÀ-Þ][\w'’-]+)?"
    rf"|(?<![\w$€£.#-])\d{{2,6}}\s(?:{_NAME}\s){{1,3}}\d{{1,4}}(?=[,.\s>]|$)(?!\s?(?:%|USD|EUR|GB|MB|mm|cm|inch)){_TAIL}"
    rf"|(?<!\w)(?i:p\.?\s?o\.?\s?box)\s#?\d{{1,8}}{_TAIL}"
    rf"|(?<!\w)(?:Unit|PSC|UPR|USNS|USS|USCGC)\s\w+(?:,?\s(?:Box|Apt\.?|Suite)\s\w+)?[,\s]+(?:[DAF]PO)\s[A-Z]{{2}}\s\d{{5}}(?:-\d{{4}})?"
    rf"|(?<!\w)\d{{1,6}}\s+(?:{_NAME}\s+){{1,4}}\d{{0,5}}(?:[,\s]+(?:Apt|Suite|Unit)\.?\s\w{{1,5}})+{_TAIL}"
    rf"|(?<![A-Za-z0-9])(?:GIR\s?0AA|[A-PR-UWYZ](?:\d{{1,2}}|[A-HK-Y]\d{{1,2}}|\d[A-HJKPS-UW]|[A-HK-Y]\d[ABEHMNPRV-Y])\s\d[ABD-HJLNP-UW-Z]{{2}})(?![A-Za-z0-9])"
)
_EN_CONTEXT = re.compile(
    r"(?i:\b(?:my|our|the|new|billing|shipping|delivery|home|mailing|street|postal|current|old|primary|secondary|residential)\s+(?:\w+\s){0,2}address(?:es)?\b(?:\s+(?:is|to|was|at|as|for\s\w+\sis|should\sbe|has\schanged\sto|on\sfile\sis))*|\baddress\s?:|\b(?:i|we|he|she|they|\w+)\s(?:now\s|once\s)?live[sd]?\s(?:at|in|on)|\blocated\sat|\b(?:ship|send|deliver|sent|shipped|delivered|mail|move[d]?|moving)\s(?:it|this|them|my\sorder|the\s\w+|my\s\w+)?\s?to)[\s:]*((?=[^.;!?\n]{0,60}\d)(?!\d+\s(?:days|weeks|hours|business))[A-Z0-9#][^;!?\n]{6,90}?)(?=[.;!?](?:\s|$)|\n\n|,?\s(?:please|thanks|thank|instead|and\smy|as\ssoon|by\s|before)|$)"
)


def find_addresses(text: str) -> Iterator[Span]:
    if not text.isascii():
        yield from (_without_lead(text, found) for found in _ZH.finditer(text) if len(found.group()) > 4)
        yield from (
            Span(*_trimmed(text, *found.span(1)), Kind.ADDRESS) for found in _ZH_CONTEXT.finditer(text)
        )
    if any(letter.isdigit() for letter in text) or "orner of" in text:
        yield from (
            Span(*_trimmed(text, *found.span()), Kind.ADDRESS)
            for found in _EN.finditer(text)
            if _is_place(found)
        )
        yield from (
            Span(*_trimmed(text, *found.span(1)), Kind.ADDRESS) for found in _EN_CONTEXT.finditer(text)
        )
    for found in _ZIP.finditer(text):
        group = next(number for number in (1, 2, 3) if found.group(number))
        yield Span(*found.span(group), Kind.ADDRESS)


def _without_lead(text: str, found: re.Match[str]) -> Span:
    lead = _ZH_LEAD.match(found.group())
    start = found.start() + (lead.end() if lead and found.end() - found.start() - lead.end() > 3 else 0)
    return Span(*_trimmed(text, start, found.end()), Kind.ADDRESS)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in " \t\n,，:：":
        start += 1
    while end > start and text[end - 1] in " \t\n,，.。":
        end -= 1
    return start, end


_NOT_PLACES = re.compile(
    r"(?i)^\d+\s(?:days?|weeks?|hours?|minutes?|months?|years?|business|working|of|in|to|or|and|items?|pieces?|units?|guests?|people|nights?|stars?|percent|am|pm|the|is|was|by|mm|cm|inch)\b"
)


_DAYS = re.compile(
    r"(?i)\d{1,2}\s(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?,?\s(?:19|20)\d{2}(?!\d)"
)
_ONLY_DIGITS = re.compile(r"[\d\s/-]+")  # a telephone in groups, say: in no street


def _is_place(found: re.Match[str]) -> bool:
    text = found.group()
    return not (_NOT_PLACES.match(text) or _DAYS.match(text) or _ONLY_DIGITS.fullmatch(text))
