/* Every sentence that the frame shows, in English and Chinese. Knows no element and no state. */

const PERSON_EN = "Talk to a person";
const PERSON_ZH = "转人工客服";

const TEXTS = {
  en: {
    assistant: "Assistant",
    ai: "AI",
    agent: "Support",
    you: "You",
    answersFrom: "Answers from our help pages",
    greeting: (name) => `Hello! How can ${name} help you today?`,
    suggestions: "People often ask",
    log: "Conversation",
    composer: "Your message",
    placeholder: "Write a message…",
    send: "Send",
    stop: "Stop the answer",
    close: "Close chat",
    conversations: "Your conversations",
    back: "Back",
    newConversation: "New conversation",
    noConversations: "No conversations yet.",
    mayTrain: "My conversations may be used to improve the assistant. You can take this back at any time.",
    noWords: "No messages yet",
    unread: (count) => `${count} unread`,
    person: PERSON_EN,
    edited: "edited",
    thinking: "Looking through our help pages…",
    checked: "Checking the answer…",
    agentTyping: (name) => `${name} is typing…`,
    today: "Today",
    yesterday: "Yesterday",
    source: (number, title) => `Source ${number}: ${title}`,
    sourceBare: (number) => `Source ${number}`,
    sources: "Sources",
    files: {
      add: "Add images or PDF",
      pending: "Files to send",
      list: "Files",
      unnamed: "Image",
      picture: (name) => `Picture: ${name}`,
      sending: (name) => `Uploading ${name}`,
      added: (name) => `${name} is ready to be sent`,
      remove: (name) => `Remove ${name}`,
      wait: "Still uploading…",
      size: (bytes) => (bytes < 1_048_576 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1_048_576).toFixed(1)} MB`),
      errors: {
        file_too_large: "larger than 10 MB",
        file_kind: "only images and PDF",
        file_empty: "empty file",
        file_damaged: "damaged file",
        image_too_big: "too many pixels",
        too_many_files: "five files in one message are the most",
        too_many_files_now: "twenty files in an hour are the most",
        no_room_for_files: "this conversation takes no more files",
      },
    },
    quoted: "Quoted from our help pages",
    languages: { en: "English", zh: "Chinese" },
    pagesIn: (language, count) => (count === 1 ? `This page is in ${language}.` : `These pages are in ${language}.`),
    somePagesIn: (language, numbers) => `In ${language}: ${numbers.map((number) => `page ${number}`).join(", ")}.`,
    openPage: "Open the page",
    dismiss: "Close",
    helpful: "Helpful",
    notHelpful: "Not helpful",
    thanks: "Thank you for telling us.",
    thanksUndo: "Undo",
    whatWasWrong: "What was wrong?",
    reasons: {
      wrong: "It is not correct",
      incomplete: "Something is missing",
      off_topic: "Not what I asked",
      unclear: "Hard to understand",
      outdated: "Out of date",
    },
    comment: "Anything else? (optional)",
    sendFeedback: "Send",
    stopped: "Stopped",
    failedAnswer: "Sorry, I could not finish this answer.",
    emptyAnswer: "Sorry, there is no answer here.",
    askAgain: "Ask again",
    modelUnavailable: "Our assistant is resting. These are the exact words of our help pages.",
    confirmation: {
      confirm: "Confirm",
      keep: "Keep as is",
      goodFor: "Nothing happens until you confirm. This offer is good for ten minutes.",
      states: {
        running: "On its way…",
        done: "Done",
        refused: "Not done",
        failed: "Not certain whether it was done",
        declined: "Kept as it is",
        expired: "This offer has run out. Ask again if you still want it.",
      },
    },
    waiting: "A person has been asked to join.",
    waitingAt: (position) =>
      position <= 1
        ? "You are next in line. A person will join soon."
        : `You are number ${position} in line. A person will join soon.`,
    usualWait: (minutes) => `It usually takes about ${minutes} min.`,
    nobodyThere: (opensAt, locale) =>
      `Nobody is at the desk right now.${opensAt ? ` People are back ${whenText(opensAt, locale)}.` : ""} Leave your e-mail address and the answer also reaches you there.`,
    cancelWait: "Back to the assistant",
    email: "Your e-mail address",
    leaveEmail: "Leave it",
    emailLeft: (email, reference) => `The answer also goes to ${email}. Reference: ${reference}`,
    howContent: (part) =>
      part === "agent" ? "How content were you with the person who helped you?" : "How content were you with the assistant?",
    score: (value) => `${value} of 5`,
    skip: "Skip",
    waitingShort: "Waiting for a person",
    joined: (name) => `${name} has joined the conversation`,
    withAgent: (name) => `You are talking with ${name}`,
    withSomeone: "You are talking with a person",
    handedBack: "The assistant answers again.",
    resolved: "This conversation is closed.",
    sending: "Sending…",
    sent: "Sent",
    waitingToSend: "Will be sent when you are back online",
    waitingRetry: "Not sent yet. Trying again…",
    waitingLimit: (seconds) => `Too many messages at once. Sends by itself in ${seconds} s`,
    notSent: "Not sent",
    retry: "Retry",
    remove: "Remove",
    edit: "Edit",
    offline: "You are offline. What you write will be sent when you are back.",
    reconnecting: "Connecting again…",
    unreachable: "We cannot reach the chat right now. Trying again…",
    newMessages: "New messages",
    count: (used, limit) => `${used} / ${limit}`,
    tooLong: (over) => `${over} over the limit`,
    status: {
      assistant: "With the assistant",
      waiting: "Waiting for a person",
      agent: "With a person",
      resolved: "Closed",
    },
    notices: {
      session_replaced: "Your earlier conversation cannot be reopened here. This is a new one.",
      identity_refused: "We could not confirm who you are, so you are writing as a guest.",
      conversation_gone: "That conversation is no longer there. This is a new one.",
    },
    errors: {
      network: "No connection. Please try again.",
      timeout: "That took too long. Please try again.",
      rate_limited: (seconds) => `Too many at once. Please try again in ${seconds} seconds.`,
      unavailable: "Our service is busy. Please try again in a moment.",
      refused: "This message cannot be sent like this.",
      too_long: "The message is too long (8,000 characters at most).",
      empty: "Please write something first.",
      conflict: "This message was already sent with other words.",
      too_late: "That is no longer possible here.",
      bad_email: "Please look at the e-mail address once more.",
      not_found: "This is no longer there.",
      origin: "This chat may not be shown on this page.",
      unknown_site: "This chat is not set up yet.",
      session: "Your session has ended. Please reload the page.",
      other: "Something went wrong. Please try again.",
    },
  },
  "zh-hans": {
    assistant: "智能助手",
    ai: "AI",
    agent: "客服",
    you: "我",
    answersFrom: "依据帮助中心的内容作答",
    greeting: (name) => `您好，这里是${name}，请问有什么可以帮您？`,
    suggestions: "大家常问",
    log: "对话",
    composer: "输入消息",
    placeholder: "请输入您的问题…",
    send: "发送",
    stop: "停止回答",
    close: "关闭对话",
    conversations: "我的对话",
    back: "返回",
    newConversation: "新对话",
    noConversations: "还没有对话。",
    mayTrain: "允许使用我的对话来改进智能客服。您可以随时撤回。",
    noWords: "还没有消息",
    unread: (count) => `${count} 条未读`,
    person: PERSON_ZH,
    edited: "已编辑",
    thinking: "正在查阅帮助中心…",
    checked: "正在核对答案…",
    agentTyping: (name) => `${name} 正在输入…`,
    today: "今天",
    yesterday: "昨天",
    source: (number, title) => `来源 ${number}：${title}`,
    sourceBare: (number) => `来源 ${number}`,
    sources: "来源",
    files: {
      add: "添加图片或 PDF",
      pending: "待发送的文件",
      list: "文件",
      unnamed: "图片",
      picture: (name) => `图片：${name}`,
      sending: (name) => `正在上传 ${name}`,
      added: (name) => `${name} 已就绪，可以发送`,
      remove: (name) => `移除 ${name}`,
      wait: "仍在上传…",
      size: (bytes) => (bytes < 1_048_576 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1_048_576).toFixed(1)} MB`),
      errors: {
        file_too_large: "超过 10 MB",
        file_kind: "只能发送图片和 PDF",
        file_empty: "文件是空的",
        file_damaged: "文件已损坏",
        image_too_big: "图片像素过大",
        too_many_files: "一条消息最多五个文件",
        too_many_files_now: "一小时内最多二十个文件",
        no_room_for_files: "这个会话无法再添加文件",
      },
    },
    quoted: "帮助中心原文",
    languages: { en: "英文", zh: "中文" },
    pagesIn: (language, count) => (count === 1 ? `这篇文章是${language}的。` : `这些文章是${language}的。`),
    somePagesIn: (language, numbers) => `第 ${numbers.join("、")} 篇文章是${language}的。`,
    openPage: "打开原网页",
    dismiss: "关闭",
    helpful: "有帮助",
    notHelpful: "没有帮助",
    thanks: "谢谢您的反馈。",
    thanksUndo: "撤销",
    whatWasWrong: "哪里不满意？",
    reasons: {
      wrong: "内容不正确",
      incomplete: "回答不完整",
      off_topic: "答非所问",
      unclear: "不容易看懂",
      outdated: "信息已过时",
    },
    comment: "还想补充什么？（选填）",
    sendFeedback: "提交",
    stopped: "已停止",
    failedAnswer: "抱歉，这个回答没能完成。",
    emptyAnswer: "抱歉，这里没有答案。",
    askAgain: "重新提问",
    modelUnavailable: "智能助手正在休息，以下是帮助中心的原文。",
    confirmation: {
      confirm: "确认办理",
      keep: "保持不变",
      goodFor: "您确认之后才会办理，十分钟内有效。",
      states: {
        running: "正在办理…",
        done: "已办好",
        refused: "没有办理",
        failed: "尚不确定是否办成",
        declined: "已保持不变",
        expired: "已超过十分钟，这项操作已失效。如仍需要，请重新提出。",
      },
    },
    waiting: "已为您呼叫人工客服。",
    waitingAt: (position) =>
      position <= 1 ? "下一位就是您，人工客服马上就来。" : `您排在第 ${position} 位，人工客服很快就来。`,
    usualWait: (minutes) => `通常约需 ${minutes} 分钟。`,
    nobodyThere: (opensAt, locale) =>
      `目前没有客服在线。${opensAt ? `客服将于${whenText(opensAt, locale)}恢复服务。` : ""}留下邮箱，回复也会发送给您。`,
    cancelWait: "继续由助手解答",
    email: "您的邮箱",
    leaveEmail: "留下邮箱",
    emailLeft: (email, reference) => `回复也会发送到 ${email}，编号：${reference}`,
    howContent: (part) => (part === "agent" ? "您对人工客服的服务满意吗？" : "您对智能助手的回答满意吗？"),
    score: (value) => `${value} 分，满分 5 分`,
    skip: "跳过",
    waitingShort: "等待人工客服",
    joined: (name) => `${name} 已加入对话`,
    withAgent: (name) => `${name} 正在为您服务`,
    withSomeone: "人工客服正在为您服务",
    handedBack: "现在由智能助手继续为您解答。",
    resolved: "本次对话已结束。",
    sending: "发送中…",
    sent: "已发送",
    waitingToSend: "恢复联网后会自动发送",
    waitingRetry: "尚未发出，正在重试…",
    waitingLimit: (seconds) => `发送过于频繁，${seconds} 秒后自动发送`,
    notSent: "没有发送成功",
    retry: "重试",
    remove: "删除",
    edit: "修改",
    offline: "网络已断开，您写的内容会在恢复后自动发送。",
    reconnecting: "正在重新连接…",
    unreachable: "暂时连接不上客服，正在重试…",
    newMessages: "有新消息",
    count: (used, limit) => `${used} / ${limit}`,
    tooLong: (over) => `超出 ${over} 个字符`,
    status: { assistant: "智能助手接待中", waiting: "等待人工客服", agent: "人工客服接待中", resolved: "已结束" },
    notices: {
      session_replaced: "之前的对话无法在这里继续，已为您开始新的对话。",
      identity_refused: "未能确认您的身份，您将以访客身份咨询。",
      conversation_gone: "之前的对话已不存在，已为您开始新的对话。",
    },
    errors: {
      network: "网络连接失败，请重试。",
      timeout: "等待时间过长，请重试。",
      rate_limited: (seconds) => `操作过于频繁，请 ${seconds} 秒后再试。`,
      unavailable: "服务繁忙，请稍后再试。",
      refused: "这条消息无法发送。",
      too_long: "消息太长了（最多 8,000 个字符）。",
      empty: "请先输入内容。",
      conflict: "这条消息已经以其他内容发送过。",
      too_late: "现在已经无法这样操作了。",
      bad_email: "请再检查一下邮箱地址。",
      not_found: "内容已不存在。",
      origin: "此页面未获准使用本客服。",
      unknown_site: "本客服尚未开通。",
      session: "会话已失效，请刷新页面。",
      other: "出了点问题，请重试。",
    },
  },
};

export function languageOf(tag) {
  if (/^zh/i.test(tag ?? "")) return "zh-hans";
  return /^en/i.test(tag ?? "") ? "en" : undefined;
}

/* For a screen reader to say words as they are; undefined where it is not known. */
export const tagOf = (language) => ({ "zh-hans": "zh-Hans", en: "en" })[languageOf(language)];

export const textsIn = (locale) => TEXTS[locale] ?? TEXTS.en;

/* The sentence for an error: by its code where we know it, else by its kind. The server's own words are for programs. */
export function errorText(texts, error) {
  const { errors } = texts;
  if (error.kind === "rate_limited") return errors.rate_limited(Math.max(1, Math.ceil(error.retryAfter ?? 5)));
  return errors[error.kind] ?? errors.other;
}

const dateTag = (locale) => (locale === "zh-hans" ? "zh-CN" : "en-GB");
const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

function whenText(moment, locale) {
  const form = { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(dateTag(locale), form).format(new Date(moment));
}

export function clockText(date, locale) {
  return new Intl.DateTimeFormat(dateTag(locale), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(
    date,
  );
}

export function dayText(date, { locale, now = new Date() }) {
  const days = Math.round((startOfDay(now) - startOfDay(date)) / 86_400_000);
  const texts = textsIn(locale);
  if (days === 0) return texts.today;
  if (days === 1) return texts.yesterday;
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(dateTag(locale), { year, month: "long", day: "numeric", weekday: "short" }).format(
    date,
  );
}
