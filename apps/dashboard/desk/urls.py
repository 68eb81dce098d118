"""The addresses of the desk: the inbox, one conversation, phrases, and whether one is there."""

from django.urls import URLPattern, URLResolver, include, path

from apps.dashboard.desk import actions, attachments, conversations, inbox, phrases, translations

in_conversation: list[URLPattern | URLResolver] = [
    path("", conversations.conversation, name="conversation"),
    path("thread/", conversations.thread, name="thread"),
    path("context/", conversations.context, name="context"),
    path("transcript/", conversations.transcript, name="transcript"),
    path("transcript/mail/", conversations.mail_transcript, name="mail_transcript"),
    path("take-over/", conversations.take_over, name="take_over"),
    path("undo/", conversations.undo, name="undo"),
    path("reply/", conversations.reply, name="reply"),
    path("attach/", attachments.attach, name="attach"),
    path("attachments/<uuid:attachment_id>/", attachments.attachment, name="attachment"),
    path("note/", conversations.note, name="note"),
    path("draft/", conversations.draft, name="draft"),
    path("edit/", conversations.edit_message, name="edit_message"),
    path("discard-draft/", conversations.discard_draft, name="discard_draft"),
    path("typing/", conversations.typing, name="typing"),
    path("translate/", translations.translate, name="translate"),
    path("give-back/", conversations.give_back, name="give_back"),
    path("resolve/", conversations.resolve, name="resolve"),
    path("priority/", conversations.set_priority, name="set_priority"),
    path("snooze/", conversations.snooze, name="snooze"),
    path("label/", conversations.label, name="label"),
    path("unlabel/", conversations.unlabel, name="unlabel"),
    path("act/", actions.act, name="act"),
]

in_desk: list[URLPattern | URLResolver] = [
    path("waiting/", inbox.waiting, name="waiting"),
    path("conversations/", inbox.conversations, name="conversations"),
    path("conversations/list/", inbox.conversation_list, name="conversation_list"),
    path("conversations/sort/", inbox.sort_many, name="sort_many"),
    path("conversations/filters/keep/", inbox.keep_filter, name="keep_filter"),
    path("conversations/filters/forget/", inbox.forget_filter, name="forget_filter"),
    path("conversations/<uuid:conversation_id>/", include(in_conversation)),
    path("phrases/", phrases.phrases, name="phrases"),
    path("phrases/keep/", phrases.keep_phrase, name="keep_phrase"),
    path("phrases/forget/", phrases.forget_phrase, name="forget_phrase"),
    path("availability/", phrases.set_availability, name="set_availability"),
]
