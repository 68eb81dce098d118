"""How fast and in how much memory a cleaning runs: `python -m tests.benchmarks.cleaning_speed [--rows 20000] [--json]`.

Makes its own conversations, Chinese and English by turns, out of a few hundred words drawn with the frequencies of
language, so that no two are alike; a fifth carries personal data, a tenth repeats an earlier one. Difficulty is left out.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from model_training.cleaning.pipeline import clean
from retrieval import HomeEmbeddings
from tests.benchmarks.measuring import Row

_EN = [
    "the",
    "order",
    "parcel",
    "kettle",
    "lamp",
    "arrived",
    "late",
    "broken",
    "blue",
    "box",
    "driver",
    "left",
    "door",
    "money",
    "back",
    "card",
    "please",
    "tell",
    "when",
    "where",
    "how",
    "long",
    "battery",
    "charger",
    "cable",
    "warranty",
    "receipt",
    "size",
    "small",
    "large",
    "return",
    "label",
    "print",
    "shop",
    "open",
    "sunday",
    "morning",
    "can",
    "you",
    "change",
    "address",
    "delivery",
    "colour",
    "wrong",
    "item",
    "missing",
    "screw",
    "manual",
    "download",
    "page",
    "button",
    "press",
    "light",
    "blinks",
    "red",
    "green",
    "filter",
    "clean",
    "water",
    "steam",
    "iron",
    "cloth",
    "washing",
    "machine",
    "drum",
    "door",
    "stuck",
    "error",
    "code",
    "reset",
    "unplug",
    "wait",
    "minutes",
    "technician",
    "visit",
    "price",
    "discount",
    "voucher",
    "points",
    "account",
    "log",
    "mail",
    "sent",
    "invoice",
    "company",
    "tax",
    "number",
    "weight",
    "shipping",
    "island",
    "customs",
]
_ZH = [
    "订单",
    "包裹",
    "水壶",
    "台灯",
    "迟到",
    "破损",
    "蓝色",
    "盒子",
    "司机",
    "门口",
    "退款",
    "银行卡",
    "请问",
    "什么时候",
    "哪里",
    "多久",
    "电池",
    "充电器",
    "数据线",
    "保修",
    "收据",
    "尺码",
    "小号",
    "大号",
    "退货",
    "标签",
    "打印",
    "门店",
    "周日",
    "上午",
    "可以",
    "修改",
    "配送",
    "颜色",
    "错误",
    "缺少",
    "螺丝",
    "说明书",
    "下载",
    "页面",
    "按钮",
    "按住",
    "指示灯",
    "闪烁",
    "红色",
    "绿色",
    "滤网",
    "清洗",
    "蒸汽",
    "熨斗",
    "衣物",
    "洗衣机",
    "滚筒",
    "卡住",
    "故障",
    "重启",
    "拔掉",
    "等待",
    "分钟",
    "师傅",
    "上门",
    "价格",
    "折扣",
    "优惠券",
    "积分",
    "账户",
    "登录",
    "邮件",
    "发票",
    "公司",
    "税号",
    "重量",
    "运费",
    "海岛",
    "海关",
    "材质",
    "棉质",
    "防水",
    "耐热",
    "安装",
    "墙面",
    "支架",
]


def conversations(rows: int, *, seed: int = 7) -> Iterator[dict[str, Any]]:
    rnd = random.Random(seed)
    kept: list[list[dict[str, str]]] = []
    for number in range(rows):
        if kept and rnd.random() < 0.1:
            messages = rnd.choice(kept)
        else:
            messages = _messages(rnd, chinese=number % 2 == 0)
            if len(kept) < 5_000:
                kept.append(messages)
        yield {
            "id": f"c{number}",
            "site": "bench",
            "contact": f"k{rnd.randrange(rows // 3 + 2)}",
            "language": "",
            "started_at": f"2026-{rnd.randrange(1, 13):02d}-{rnd.randrange(1, 29):02d}T10:00:00+00:00",
            "messages": messages,
            "outcome": {"status": "resolved"},
            "consent": True,
            "provenance": {"source": "bench"},
        }


def _messages(rnd: random.Random, *, chinese: bool) -> list[dict[str, str]]:
    said = [_sentence(rnd, chinese=chinese) for _ in range(rnd.choice((2, 4, 6, 8, 10, 12)))]
    if rnd.random() < 0.2:
        said[0] += (
            f" 我的电话是1{rnd.randrange(3, 10)}{rnd.randrange(10**9):09d}。"
            if chinese
            else " My name is Nora Quist, n.quist@example.org."
        )
    return [
        {"role": "user" if place % 2 == 0 else "assistant", "content": text}
        for place, text in enumerate(said)
    ]


def _sentence(rnd: random.Random, *, chinese: bool) -> str:
    words = _ZH if chinese else _EN
    chosen = [
        words[
            min(int(rnd.paretovariate(0.6)) - 1, len(words) - 1)
            if rnd.random() < 0.3
            else rnd.randrange(len(words))
        ]
        for _ in range(rnd.randrange(6, 24))
    ]
    return ("".join(chosen) + "。") if chinese else (" ".join(chosen).capitalize() + ".")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = options.rows
    with tempfile.TemporaryDirectory() as folder:
        snapshot = Path(folder) / "snapshot.jsonl"
        with snapshot.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in conversations(rows))
        began, used = time.perf_counter(), _cpu()
        report = clean(snapshot, target=Path(folder) / "cleaned", embedder=HomeEmbeddings())
        seconds, cpu = time.perf_counter() - began, _cpu() - used
    what = f"cleaning {rows} conversations"
    told = [
        Row(f"{what}: conversations a second", rows / seconds, "/s"),
        Row(f"{what}: processor time of one", 1000 * cpu / rows, "ms"),
        Row(f"{what}: memory at its peak, with workers", _peak_mb(), "MB"),
        Row(f"{what}: kept", report["rows"]["sft"], "rows"),
    ]
    print(json.dumps([asdict(row) for row in told]) if options.json else "\n".join(map(str, told)))


def _cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _peak_mb() -> float:
    """Of this process and, were they all at their peak at once, of its workers."""
    own, worker = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own + 2 * worker


if __name__ == "__main__":
    main()
