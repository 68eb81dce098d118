"""OpenAI's shapes, as far as they are read and answered here. What is not named is passed over."""

from typing import Any, Literal

from ninja import Field, Schema


class ErrorBody(Schema):
    message: str
    type: str
    param: str | None
    code: str


class ErrorOut(Schema):
    error: ErrorBody


class PartIn(Schema):
    type: str = Field(description="`text`; others are refused")
    text: str = ""


class SaidIn(Schema):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[PartIn] | None = None


class StreamOptionsIn(Schema):
    include_usage: bool = False


class CompletionIn(Schema):
    model: str = Field(description="`seekdesk`")
    messages: list[SaidIn] = Field(
        min_length=1,
        max_length=500,
        description="The last is the user's question. Of the others, what user and assistant said is the history; "
        "instructions are passed over",
    )
    stream: bool | None = None
    stream_options: StreamOptionsIn | None = None
    n: int | None = Field(default=None, description="1, if anything")
    response_format: dict[str, Any] | None = Field(default=None, description="`text`, if anything")
    store: bool | None = Field(
        default=None, description="false: how the answer came about is not kept for `manage.py replay`"
    )


class CitationOut(Schema):
    number: int
    document_id: str
    title: str
    url: str
    heading_path: list[str]
    text: str = Field(description="The words of the passage that the answer stands on")


class MessageOut(Schema):
    role: Literal["assistant"]
    content: str = Field(description="Sentences end with the numbers of their citations, like [1]")
    refusal: None = None
    citations: list[CitationOut]
    decision: Literal["answer", "clarify", "act", "handoff"]
    reason: str
    offer_person: bool


class ChoiceOut(Schema):
    index: int
    message: MessageOut
    finish_reason: Literal["stop"]
    logprobs: None = None


class UsageOut(Schema):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class CompletionOut(Schema):
    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChoiceOut]
    usage: UsageOut


class ModelOut(Schema):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelsOut(Schema):
    object: Literal["list"]
    data: list[ModelOut]
