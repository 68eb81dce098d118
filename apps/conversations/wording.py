"""Sentences that customers read from us, in both languages. Codes are for programs; these are for people."""

from django.utils.translation import get_language

SENTENCES = {
    # What was refused, and why.
    "empty": ("Please write something first.", "请先输入内容。"),
    "too_long": (
        "This message is too long: 8,000 characters is the most. Please send it in parts.",
        "消息太长了：最多 8,000 个字符，请分几条发送。",
    ),
    "bad_text": (
        "This message contains characters that cannot be stored. Please type it again.",
        "消息中含有无法保存的字符，请重新输入。",
    ),
    "bad_client_msg_id": (
        "client_msg_id must be 1 to 64 printable characters.",
        "client_msg_id 须为 1 至 64 个可见字符。",
    ),
    "client_msg_id_reused": (
        "This client_msg_id was already used for another message.",
        "该 client_msg_id 已用于另一条消息。",
    ),
    "not_an_answer": (
        "Only a finished answer of the assistant can be rated.",
        "只能评价助手已完成的回答。",
    ),
    "bad_rating": ("A rating is either up or down.", "评价只能是 up 或 down。"),
    "nothing_to_stop": ("This message is not being written.", "这条消息并未在生成中。"),
    "with_another_agent": (
        "Someone else is already answering this conversation.",
        "已有其他客服在处理这个会话。",
    ),
    "not_with_you": ("Take the conversation over first.", "请先接管这个会话。"),
    "person_has_come": ("A person has joined already.", "人工客服已经接入。"),
    "not_to_be_edited": (
        "Only your own messages of the last hour can be changed, while you have the conversation.",
        "只能修改自己一小时内发出的消息，并且会话须由您处理。",
    ),
    "already_answered": (
        "You have answered already: this can no longer be undone.",
        "您已经回复过，无法再撤销接管。",
    ),
    "too_late_to_undo": ("This can no longer be undone.", "现在已无法撤销。"),
    "bad_attributes": (
        "Attributes are up to 20 names of 1 to 40 characters, each with a text of up to 200 characters, a number, or "
        "true or false.",
        "attributes 最多 20 项；名称 1 至 40 个字符，值为不超过 200 个字符的文本、数字或 true/false。",
    ),
    "bad_email": ("This is not an e-mail address.", "这不是有效的邮箱地址。"),
    "bad_score": ("A score is a number from 1 to 5.", "评分须为 1 至 5 的整数。"),
    "nothing_to_rate": (
        "There is nothing to rate here, or it was rated already.",
        "这里没有可以评价的内容，或者已经评价过。",
    ),
    "bad_priority": ("There is no such priority.", "没有这个优先级。"),
    "bad_time": (
        "Choose a time in the future, within a year.",
        "请选择一年之内的未来时间。",
    ),
    "bad_label": ("A label has 1 to 40 characters.", "标签须为 1 至 40 个字符。"),
    "too_many_labels": ("This site has 200 labels already.", "该站点已有 200 个标签。"),
    "bad_filter": ("A filter's name has 1 to 40 characters.", "筛选名称须为 1 至 40 个字符。"),
    "too_many_filters": ("You have 20 saved filters already.", "您已保存 20 个筛选。"),
    "bad_phrase": (
        "A phrase's name has 1 to 40 letters, digits or hyphens.",
        "常用语名称须为 1 至 40 个文字、数字或连字符。",
    ),
    "too_many_phrases": ("This site has 500 phrases already.", "该站点已有 500 条常用语。"),
    "try_again": ("Somebody was quicker. Please try again.", "刚才有人同时修改，请重试。"),
    "bad_quiet_hours": (
        "The hours of silence are a whole number from 0 to 336.",
        "静默时长应为 0 到 336 之间的整数（小时）。",
    ),
    "bad_price": (
        "A price is a number from 0 to 1,000,000, and a currency has three letters, such as EUR.",
        "价格应为 0 到 1,000,000 之间的数字，货币为三个字母，例如 CNY。",
    ),
    "bad_zone": ("There is no such time zone.", "没有这个时区。"),
    "bad_hours": (
        "Hours are written like 09:00-18:00, holidays like 2026-12-25.",
        "时间的写法如 09:00-18:00，节假日的写法如 2026-12-25。",
    ),
    "nothing_to_translate": ("There is nothing to translate.", "没有可翻译的内容。"),
    "no_translation_now": (
        "The model gives no translation right now. Please try again.",
        "模型现在给不出译文，请重试。",
    ),
    "no_draft_now": (
        "The assistant has no draft for this right now.",
        "助手现在给不出草稿。",
    ),
    "answer_by_mail_subject": (
        "Your question to {site} ({reference})",
        "您向{site}提出的问题（{reference}）",
    ),
    "answer_by_mail": (
        "You wrote to {site}. {name} has answered:\n\n{text}\n\nReference: {reference}. "
        "You can go on in the chat where you asked.",
        "您曾向{site}留言，{name} 已回复：\n\n{text}\n\n编号：{reference}。您可以回到原来的聊天窗口继续沟通。",
    ),
    "transcript_subject": (
        "Your conversation with {site} ({reference})",
        "您与{site}的会话记录（{reference}）",
    ),
    "transcript_mailed": (
        "The transcript was mailed to the customer.",
        "会话记录已通过邮件发送给客户。",
    ),
    "no_verified_address": (
        "This customer has no address that your own site has vouched for.",
        "这位客户没有经您的网站确认的邮箱地址。",
    ),
    "nothing_to_mail": ("Nothing was said here yet.", "这里还没有任何消息。"),
    "transcript_too_often": (
        "This transcript was mailed three times within an hour. Please wait.",
        "一小时内已发送三次会话记录，请稍后再试。",
    ),
    "already_resolved": ("This conversation is already resolved.", "这个会话已经解决。"),
    "not_a_draft": ("This is not a draft that can be sent.", "这不是可以发送的草稿。"),
    "bad_colour": ("A colour is written like #2f6f5e.", "颜色的写法如 #2f6f5e。"),
    "setting_too_long": ("One of the texts is too long.", "其中一段文字太长。"),
    "too_many_suggestions": (
        "Six suggested questions in each language are the most.",
        "每种语言最多六个推荐问题。",
    ),
    "too_many_origins": ("Fifty addresses are the most.", "最多五十个网址。"),
    "bad_promise": (
        "A promise is a whole number of working minutes, from 1 to 129,600.",
        "承诺时间须为 1 至 129,600 的整数（工作分钟）。",
    ),
    "bad_capacity": (
        "How many conversations a person has at a time is a number from 0 to 100.",
        "每人同时处理的会话数须为 0 至 100 的整数。",
    ),
    "bad_strictness": ("Choose how strictly answers are checked.", "请选择回答核对的严格程度。"),
    "bad_alert": (
        "When a mail goes out is a whole number of working minutes, from 0 to 129,600.",
        "邮件提醒时间须为 0 至 129,600 的整数（工作分钟）。",
    ),
    # Mailed to members about promises.
    "alert_subject": (
        "{site}: promised times are running out ({n})",
        "{site}：有会话即将或已经超过承诺时间（{n}）",
    ),
    "alert_begins": (
        "At {site} these conversations wait for longer than was promised, or soon will:",
        "{site} 的以下会话已经超过承诺时间，或即将超过：",
    ),
    "alert_line": (
        "- {reference}: {promise} by {due} ({zone})\n  {link}",
        "- {reference}：{promise}，截止 {due}（{zone}）\n  {link}",
    ),
    "alert_more": ("… and {n} more.", "……另有 {n} 个。"),
    # Mailed to members who are named in a note while they are away.
    "mention_subject": (
        "{site}: {name} mentioned you ({reference})",
        "{site}：{name} 在备注中提到了您（{reference}）",
    ),
    "mention_begins": (
        "You were mentioned in a note about the conversation {reference} at {site}.",
        "{site} 的会话 {reference} 有备注提到了您。",
    ),
    "mention_line": ("{name} wrote:\n> {text}", "{name} 写道：\n> {text}"),
    "mention_ends": (
        "{link}\n\nYou get this mail because you had no page of the desk open. Your account switches such mails off:\n"
        "{account}",
        "{link}\n\n您当时没有打开工作台，所以收到这封邮件。可在“您的账号”页面关闭此类邮件：\n{account}",
    ),
    "first_reply": ("first reply", "首次回复"),
    "next_reply": ("further reply", "后续回复"),
    "resolution": ("resolution", "解决"),
    "bad_overflow": (
        "After how many working minutes others are asked is a whole number from 1 to 10,080.",
        "转给其他人之前的等待时间须为 1 至 10,080 的整数（工作分钟）。",
    ),
    "bad_skill": ("A skill has 1 to 40 characters.", "技能名称须为 1 至 40 个字符。"),
    "too_many_skills": ("This site has 100 skills already.", "该站点已有 100 项技能。"),
    "bad_skill_rule": (
        "A rule names a reason, a label or an action of this site, and one of its skills.",
        "规则须选择该站点的一个原因、标签或操作，以及一项技能。",
    ),
    "too_many_skill_rules": ("This site has 200 rules already.", "该站点已有 200 条规则。"),
    # Told to the people of a site, where a conversation was given to one of them.
    "assigned": (
        "Assigned to {name}: the next in turn who speaks {language}.",
        "已分配给{name}：轮到的会说{language}的同事。",
    ),
    "assigned_by_skill": (
        "Assigned to {name}: the next in turn who speaks {language} and knows {skills}.",
        "已分配给{name}：轮到的会说{language}、擅长{skills}的同事。",
    ),
    "overflowed": (
        "Assigned to {name}: for {minutes} working minutes nobody who speaks {language} was free.",
        "已分配给{name}：{minutes} 个工作分钟内没有会说{language}的同事有空。",
    ),
    "overflowed_by_skill": (
        "Assigned to {name}: for {minutes} working minutes nobody who speaks {language} and knows {skills} was free.",
        "已分配给{name}：{minutes} 个工作分钟内没有会说{language}、擅长{skills}的同事有空。",
    ),
    "bad_origin": (
        "An origin is written like https://shop.example, without a path.",
        "来源地址的写法如 https://shop.example，不含路径。",
    ),
    "bad_locale": ("The locale is en or zh-hans.", "语言只能是 en 或 zh-hans。"),
    "bad_name": ("A name has 1 to 100 characters.", "名称须为 1 至 100 个字符。"),
    # Files.
    "file_empty": ("This file is empty.", "这个文件是空的。"),
    "file_too_large": ("This file is larger than 10 MB.", "文件超过了 10 MB。"),
    "file_kind": (
        "Only images (PNG, JPEG, GIF, WebP) and PDF can be sent.",
        "只能发送图片（PNG、JPEG、GIF、WebP）和 PDF。",
    ),
    "file_damaged": ("This file is damaged and cannot be opened.", "文件已损坏，无法打开。"),
    "image_too_big": ("This image has too many pixels.", "图片的像素尺寸过大。"),
    "file_missing": ("No file came with the request.", "请求中没有文件。"),
    "too_many_files": ("Five files in one message are the most.", "一条消息最多附带五个文件。"),
    "too_many_files_now": (
        "Twenty files in an hour are the most. Please send the others later.",
        "一小时内最多发送二十个文件，请稍后再发。",
    ),
    "no_room_for_files": (
        "This conversation holds 100 MB of files already; it takes no more.",
        "这个会话的文件已达 100 MB，无法再添加。",
    ),
    "no_such_file": (
        "This file is not there any more. Please add it again.",
        "文件已不存在，请重新添加。",
    ),
    "file_was_sent": ("This file was sent already.", "这个文件已经发送过。"),
    "files_unread": (
        "Thank you for the file. I cannot read files myself; a person can look at it. Would you like to talk to one? "
        "Or write your question here, and I will try to answer it.",
        "文件已收到。我无法读取文件内容，可以请人工客服查看。需要为您转接吗？您也可以直接输入问题，由我来解答。",
    ),
    # What the assistant is told of an earlier episode; customers never read it.
    "recalled_answered": ("It was answered from: {titles}.", "当时依据以下内容作答：{titles}。"),
    "recalled_person": ("A person answered.", "人工客服已回复。"),
    "recalled_nothing": ("No answer was found.", "当时没有找到答案。"),
    # What the assistant says when it has nothing of its own.
    "handing_over": (
        "I am passing you on to a colleague. You can keep writing here; nothing gets lost.",
        "正在为您转接人工客服。您可以继续在这里留言，消息不会丢失。",
    ),
    "no_answer": (
        "I could not find an answer to this. Would you like to talk to a person?",
        "我没有找到这个问题的答案。需要为您转接人工客服吗？",
    ),
    # Where an answer stands in no conversation, nobody can be called: no transfer may be claimed.
    "person_elsewhere": (
        "I cannot bring in a person from here. Please contact {site} directly, and a person will help you.",
        "这里无法转接人工客服。请直接联系{site}，会有同事为您处理。",
    ),
    "reply_lost": (
        "I am sorry, I could not finish this answer. I have asked a colleague to take over here.",
        "抱歉，我没能完成这次回答，已请人工客服在这里继续为您服务。",
    ),
    "withdrawn": ("This answer was not finished.", "这个回答没有完成。"),
    "agent_took_over": (
        "A colleague has taken over and will answer you here.",
        "人工客服已接手，将在这里回复您。",
    ),
}


def say(code: str, *, locale: str | None = None) -> str:
    """The sentence for a code, in the given locale or in that of the request under way."""
    english, chinese = SENTENCES[code]
    return chinese if (locale or get_language() or "").lower().startswith("zh") else english
