"""The units that amounts come in, in both languages. A unit is not another one: km ≠ m, 元 ≠ 美元, 工作日 ≠ 天."""

import re

BARE = ""  # counted things: pieces, times, people; the words around them say which

_UNITS: dict[str, str] = {
    "business day": "business days|business day|bank working days|banking days|working days|working day|work days|weekdays|个工作日|工作日",
    "trading day": "trading days|trading day|个交易日|交易日",
    "day": "calendar days|calendar day|个自然日|自然日|days|day|天|日|晚|nights|night",
    "hour": "个小时|小时|小時|个钟头|钟头|hours|hour|hrs|hr|h",
    "minute": "分钟|分鐘|minutes|minute|mins|min",
    "second": "秒钟|秒|seconds|second|secs|sec",
    "week": "个星期|星期|礼拜|周|週|weeks|week|wks|wk",
    "month": "个月|個月|months|month",
    "quarter": "个季度|季度|quarters",
    "year": "周年|年|years|year|yrs|yr",
    "age": "周岁|岁|歲",
    "cny": "块钱|元人民币|人民币|元|块|圆|yuan|rmb|cny|¥",
    "usd": "美元|美金|us dollars|dollars|dollar|usd|bucks|us$|$",
    "eur": "欧元|歐元|euros|euro|eur|€",
    "gbp": "英镑|英鎊|pounds sterling|gbp|£",
    "hkd": "港币|港元|港幣|hkd|hk$",
    "jpy": "日元|日圆|yen|jpy",
    "chf": "瑞士法郎|swiss francs|francs|chf",
    "cad": "加元|加币|canadian dollars|cad",
    "aud": "澳元|澳币|australian dollars|aud",
    "sgd": "新加坡元|新元|singapore dollars|sgd",
    "twd": "新台币|台币|twd",
    "inr": "卢比|rupees|rupee|inr|₹",
    "krw": "韩元|韩币|krw|₩",
    "thb": "泰铢|baht|thb|฿",
    "rub": "卢布|roubles|rubles|rub|₽",
    "pound": "pounds|pound|lbs|lb|磅",
    "cent": "cents|美分|¢",
    "discount": "折",
    "kg": "公斤|千克|kilograms|kilogram|kilos|kilo|kgs|kg",
    "g": "克|grams|gram|g",
    "mg": "毫克|milligrams|milligram|mg",
    "mcg": "微克|micrograms|microgram|mcg|μg",
    "jin": "斤",
    "tonne": "吨|tonnes|tons|ton",
    "oz": "盎司|ounces|ounce|oz",
    "km/h": "公里每小时|公里/小时|千米/小时|kilometres per hour|kilometers per hour|km/h|kmh|kph",
    "mph": "英里每小时|英里/小时|miles per hour|mph",
    "m²": "平方米|平米|square metres|square meters|square metre|square meter|sq. m|sq m|sqm|m2",
    "km²": "平方公里|square kilometres|square kilometers|km2",
    "sq ft": "平方英尺|square feet|square foot|sq. ft|sq ft|sqft",
    "m³": "立方米|cubic metres|cubic meters|cubic metre|m3",
    "km": "公里|千米|kilometres|kilometers|kilometre|kilometer|km",
    "m": "米|metres|meters|metre|meter|m",
    "cm": "厘米|公分|centimetres|centimeters|cm",
    "mm": "毫米|millimetres|millimeters|mm",
    "mile": "英里|miles|mile",
    "inch": "英寸|inches|inch|″",
    "ft": "英尺|feet|foot|ft",
    "l": "升|litres|liters|litre|liter|l",
    "ml": "毫升|millilitres|milliliters|ml",
    "gb": "gb|gigabytes",
    "mbps": "mbps|mbit/s|mb/s|megabits per second|兆每秒",
    "gbps": "gbps|gbit/s|gb/s",
    "mb": "mb|megabytes",
    "kb": "kb",
    "tb": "tb",
    "celsius": "摄氏度|degrees celsius|degrees centigrade|°c|° c|℃",
    "fahrenheit": "华氏度|degrees fahrenheit|°f|℉",
    "degree": "度|°|degrees|degree",
    "kwh": "kwh|千瓦时",
    "kw": "kw|千瓦",
    "w": "瓦|watts|w",
    "v": "伏|volts|v",
    "mah": "mah|毫安时",
    "hz": "赫兹|hz",
    "kcal": "大卡|千卡|kcal|calories",
    "db": "分贝|db",
    "%point": "个百分点|percentage points",
    BARE: "个|個|件|次|张|張|份|台|款|位|名|双|套|条|只|瓶|盒|箱|包|种|项|本|部|枚|点|分|倍|层|楼|级|号|times|pieces|piece|items|item|pcs|people|x",
}
_NAMES = {name: unit for unit, names in _UNITS.items() for name in names.split("|")}


def _pattern() -> str:
    longest_first = sorted(_NAMES, key=len, reverse=True)
    return "|".join(
        re.escape(name) + (r"(?![a-z\d])" if name[-1].isascii() and name[-1].isalnum() else "")
        for name in longest_first
    )


UNIT_PATTERN = f"(?:{_pattern()})"
CURRENCIES = {
    "us$": "usd", "hk$": "hkd", "a$": "aud", "c$": "cad", "ca$": "cad", "s$": "sgd", "nt$": "twd", "$": "usd", "¥": "cny", "€": "eur",
    "£": "gbp", "₹": "inr", "₩": "krw", "฿": "thb", "₽": "rub",
    **{name: name for name in ("cny", "usd", "eur", "gbp", "hkd", "jpy", "chf", "cad", "aud", "sgd", "twd", "inr", "krw", "thb", "rub")},
    "rmb": "cny",
}  # fmt: skip
MONEY = frozenset(CURRENCIES.values()) | {"cent", "pound"}
DURATIONS = frozenset({"business day", "day", "hour", "minute", "second", "week", "month", "quarter", "year"})


def unit_of(name: str) -> str:
    return _NAMES[name]
