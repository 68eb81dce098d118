"""What a cleaning did, as `report.json` for programs and `report.html` for people, in English and Chinese.

The page is one file without scripts: plots are drawn as SVG, the language is chosen by two buttons that CSS understands.
Texts of conversations stand in it only after personal data was taken out.
"""

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

REPORT_JSON, REPORT_HTML = "report.json", "report.html"
Report = Mapping[str, Any]

_REASONS = {
    "malformed": ("not a record", "不是合格的记录"),
    "repeated_id": ("id seen before", "编号重复"),
    "no_consent": ("no consent", "未获同意"),
    "unresolved": ("never resolved", "未解决"),
    "one_sided": ("only one side speaks", "只有一方发言"),
    "language": ("another language", "其他语言"),
    "too_short": ("too short", "过短"),
    "too_long": ("too long", "过长"),
    "boilerplate": ("courtesies only", "只有客套话"),
    "broken_encoding": ("broken encoding", "乱码"),
    "noise": ("noise", "无意义内容"),
    "toxic": ("abuse", "辱骂与仇恨"),
    "sensitive": ("sensitive matter", "敏感内容"),
    "injection": ("orders to the model", "指令注入"),
    "handoff": ("handed to a person", "转人工"),
    "hollow_apology": ("apology without content", "空洞道歉"),
    "echo": ("repeats the question", "复述问题"),
    "rated_down": ("rated down", "差评"),
    "exact_duplicate": ("exact duplicate", "完全重复"),
    "near_duplicate": ("near duplicate", "近似重复"),
    "cluster": ("thinned: many say the same", "同类过多，抽稀"),
    "contact_weight": ("one contact's weight", "单一客户占比过高"),
    "phrase_weight": ("one phrase's sudden weight", "某句话突然大量出现"),
}
_KINDS = {
    "NAME": ("names", "姓名"),
    "PHONE": ("phones", "电话"),
    "EMAIL": ("mail addresses", "邮箱"),
    "ADDRESS": ("addresses", "地址"),
    "CARD": ("cards", "银行卡"),
    "ID_NUMBER": ("identity numbers", "证件号"),
    "ORDER": ("order numbers", "订单号"),
    "ACCOUNT": ("accounts", "账号"),
    "SECRET": ("secrets", "密码与验证码"),
    "IBAN": ("IBAN", "IBAN"),
    "IP": ("network addresses", "网络地址"),
    "BIRTHDAY": ("birthdays", "生日"),
    "PLATE": ("number plates", "车牌"),
}
_STEPS = {
    "read": ("read", "读入"),
    "rules": ("after rules", "规则之后"),
    "duplicates": ("after duplicates", "去重之后"),
    "clusters": ("after clusters", "聚类之后"),
    "poisoning": ("after the poisoning guard", "防投毒之后"),
}
_ROWS = {
    "read": ("conversations read", "读入对话"),
    "sft": ("to learn from", "可供学习"),
    "kto": ("rated replies", "评价样本"),
    "dpo": ("edited drafts", "修改样本"),
    "dropped": ("dropped", "丢弃"),
    "changed": ("changed", "有改动"),
}
# Which counts of the report are told, under which heading, and in which words.
_COUNTED = {
    "rows": (("All in all", "总计"), _ROWS),
    "steps": (("How many were left after each step", "每一步之后剩余的对话"), _STEPS),
    "dropped": (("Why conversations went", "丢弃原因"), _REASONS),
    "replies_not_learnt": (("Replies that stay but are not learnt", "保留但不学习的回复"), _REASONS),
    "personal_data": (("Personal data replaced", "已替换的个人信息"), _KINDS),
}
_STYLE = """
:root{color-scheme:light dark;--ink:#1d2530;--paper:#fff;--soft:#5b6776;--line:#d9dee5;--bar:#3d6fd9;--card:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--paper:#14181d;--soft:#9aa6b4;--line:#313a45;--bar:#6f9bff;--card:#1c2229}}
*{box-sizing:border-box}body{margin:0;font:16px/1.55 system-ui,-apple-system,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:var(--ink);background:var(--paper)}
main{max-width:60rem;margin:0 auto;padding:1rem}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
.choose{max-width:60rem;margin:0 auto;padding:1rem 1rem 0;display:flex;gap:.5rem}.choose input{position:absolute;opacity:0}
.choose label{border:1px solid var(--line);border-radius:.4rem;padding:.25rem .75rem;cursor:pointer}
.choose input:checked+label{background:var(--bar);color:var(--paper);border-color:var(--bar)}.choose input:focus-visible+label{outline:3px solid var(--ink);outline-offset:2px}
body:has(#zh:checked) main [lang=en],body:has(#en:checked) main [lang=zh]{display:none}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:.75rem}.figures div{background:var(--card);border-radius:.5rem;padding:.75rem}
.figures b{display:block;font-size:1.4rem}svg{width:100%;height:auto;display:block}svg text{fill:currentColor;font-size:13px}svg .bar{fill:var(--bar)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .5rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
td.n,th.n{text-align:right;white-space:nowrap}.soft{color:var(--soft)}
"""


def write_report(folder: Path, report: Report) -> None:
    (folder / REPORT_JSON).write_text(
        json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", errors="replace"
    )
    (folder / REPORT_HTML).write_text(page(report), encoding="utf-8", errors="replace")


def page(report: Report) -> str:
    parts = [
        f"<h1>{_both('What the cleaning did', '清洗报告')}</h1>",
        _figures(report["rows"]),
        *(
            _section(*heading, _bars(report[group], names))
            for group, (heading, names) in _COUNTED.items()
            if group != "rows"
        ),
        _section(
            "Languages",
            "语言",
            _bars(report["languages"], {"zh": ("Chinese", "中文"), "en": ("English", "英文")}),
        ),
        _section("Characters in a reply", "回复长度（字符）", _bars(report["reply_lengths"], {})),
        _difficulty(report["difficulty"]),
        _section("What they are about", "话题", _clusters(report["clusters"])),
        _section("Questions that stand alone", "孤立的问题", _list(report["outliers"])),
        _section("Phrases with a sudden weight", "突然大量出现的语句", _phrases(report["phrases"])),
        _section("Contacts with most conversations", "对话最多的客户", _bars(report["contacts"], {})),
    ]
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>Cleaning report · 清洗报告</title><style>{_STYLE}</style></head><body>"
        "<div class='choose' role='radiogroup' aria-label='Language / 语言'>"
        "<input type='radio' name='language' id='en' checked><label for='en' lang='en'>English</label>"
        "<input type='radio' name='language' id='zh'><label for='zh' lang='zh'>中文</label></div>"
        f"<main>{''.join(parts)}</main></body></html>\n"
    )


def counts_in_words(report: Report, *, chinese: bool) -> list[tuple[str, list[tuple[str, int]]]]:
    """By heading, for a page that shows them as a part of its own. What the report lacks, or holds otherwise, is left out."""
    told = []
    for group, (heading, names) in _COUNTED.items():
        given = report.get(group)
        counts = given.items() if isinstance(given, dict) else ()
        rows = [(names.get(key, (key, key))[chinese], n) for key, n in counts if type(n) is int and n]
        if rows:
            told.append((heading[chinese], rows))
    return told


def _both(english: str, chinese: str) -> str:
    return f"<span lang='en'>{html.escape(english)}</span><span lang='zh'>{html.escape(chinese)}</span>"


def _section(english: str, chinese: str, body: str) -> str:
    return f"<section><h2>{_both(english, chinese)}</h2>{body}</section>"


def _figures(rows: Mapping[str, int]) -> str:
    boxes = (f"<div><b>{rows.get(key, 0):,}</b>{_both(*name)}</div>" for key, name in _ROWS.items())
    return f"<div class='figures'>{''.join(boxes)}</div>"


def _bars(counts: Mapping[str, int], names: Mapping[str, tuple[str, str]]) -> str:
    """A chart per language: text in an SVG cannot be laid out by the page."""
    if not counts:
        return f"<p class='soft'>{_both('None.', '无。')}</p>"
    return "".join(
        f"<div lang='{language}'>{_chart([(names.get(key, (key, key))[place], count) for key, count in counts.items()])}</div>"
        for place, language in enumerate(("en", "zh"))
    )


def _chart(bars: Sequence[tuple[str, int]]) -> str:
    most = max(count for _, count in bars) or 1
    rows = "".join(
        f"<text x='250' y='{24 * place + 17}' text-anchor='end'>{html.escape(name[:34])}</text>"
        f"<rect class='bar' x='258' y='{24 * place + 4}' width='{max(1, round(320 * count / most))}' height='16' rx='2'/>"
        f"<text x='{264 + max(1, round(320 * count / most))}' y='{24 * place + 17}'>{count:,}</text>"
        for place, (name, count) in enumerate(bars)
    )
    title = html.escape("; ".join(f"{name}: {count:,}" for name, count in bars))
    return f"<svg viewBox='0 0 660 {24 * len(bars) + 4}' role='img'><title>{title}</title>{rows}</svg>"


def _difficulty(difficulty: Mapping[str, Any]) -> str:
    if not difficulty["measured"]:
        body = f"<p>{_both(difficulty['sentence'], difficulty['sentence_zh'])}</p>"
    else:
        body = _bars(
            {
                f"{bucket['from']:.1f} – {bucket['to']:.1f}": bucket["rows"]
                for bucket in difficulty["buckets"]
            },
            {},
        )
    return _section(
        "Difficulty: the base model's perplexity, easy to hard", "难度：基础模型困惑度，由易到难", body
    )


def _clusters(clusters: Sequence[Mapping[str, Any]]) -> str:
    return _table(
        (("rows", "条数"), ("nearest to its middle", "代表问题")),
        ((f"{cluster['rows']:,}", cluster["example"]) for cluster in clusters),
    )


def _phrases(phrases: Sequence[Mapping[str, Any]]) -> str:
    return _table(
        (("rows", "条数"), ("phrase", "语句"), ("why", "原因")),
        ((f"{phrase['rows']:,}", phrase["text"], phrase["why"]) for phrase in phrases),
    )


def _table(heads: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]]) -> str:
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=n' if place == 0 else ''}>{html.escape(cell)}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    if not body:
        return f"<p class='soft'>{_both('None.', '无。')}</p>"
    head = "".join(
        f"<th{' class=n' if place == 0 else ''}>{_both(*names)}</th>" for place, names in enumerate(heads)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _list(texts: Sequence[str]) -> str:
    if not texts:
        return f"<p class='soft'>{_both('None.', '无。')}</p>"
    return "<ul>" + "".join(f"<li>{html.escape(text)}</li>" for text in texts) + "</ul>"
