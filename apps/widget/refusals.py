"""What the widget's API refuses, with a sentence in both languages. Conversations' own refusals pass through."""

from django.utils.translation import get_language

REFUSALS = {
    "bad_json": (400, "The body is not JSON that we can read.", "请求体不是可读取的 JSON。"),
    "bad_form": (400, "The form cannot be read.", "表单无法读取。"),
    "bad_cursor": (
        400,
        "The cursor is neither an event id nor the number of a message.",
        "游标既不是事件编号，也不是消息序号。",
    ),
    "token_missing": (401, "Please begin a session first.", "请先建立会话凭证。"),
    "token_invalid": (401, "This token is not one of ours.", "凭证无效。"),
    "token_expired": (401, "This token has expired; renew the session.", "凭证已过期，请重新建立。"),
    "identity_invalid": (
        401,
        "This identity is not signed by the site, or has expired.",
        "身份签名无效或已过期。",
    ),
    "origin_required": (
        403,
        "A session begins in a web page: the Origin header is missing.",
        "会话须由网页发起：缺少 Origin 请求头。",
    ),
    "origin_not_allowed": (
        403,
        "This site does not allow its chat on this page.",
        "该站点不允许在此网页上使用聊天窗口。",
    ),
    "unknown_site": (404, "There is no site with this key.", "没有使用这个密钥的站点。"),
    "not_found": (404, "There is nothing here.", "这里什么也没有。"),
    "method_not_allowed": (405, "This method is not for this address.", "该地址不支持这种请求方法。"),
    "too_large": (413, "The request is larger than 64 kB.", "请求超过了 64 kB。"),
    "json_only": (415, "Send JSON, with Content-Type: application/json.", "请以 application/json 格式发送。"),
    "invalid": (422, "The request does not have the described form.", "请求内容不符合接口说明。"),
    "rate_limited": (
        429,
        "That is a little fast. Please wait a moment and try again.",
        "操作有点快，请稍等片刻再试。",
    ),
    "too_many_streams": (
        429,
        "This chat is open in too many tabs. Please close some.",
        "这个聊天在太多标签页里打开了，请关闭一些。",
    ),
    "server_error": (
        500,
        "Something went wrong on our side. It has been written down.",
        "我们这边出了点问题，已记录下来。",
    ),
    "database_unavailable": (
        503,
        "We cannot reach our records right now. Please try again.",
        "暂时无法读取记录，请稍后再试。",
    ),
}


class Refused(Exception):
    """Answered with its code's status; `retry_after` in seconds."""

    def __init__(self, code: str, *, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        return REFUSALS[self.code][0]

    @property
    def sentence(self) -> str:
        _, english, chinese = REFUSALS[self.code]
        return chinese if (get_language() or "").lower().startswith("zh") else english
