/* The part of Markdown that answers may use, made of elements by an allowlist: paragraphs, bold, italics, code, lists,
   links to known hosts, and citation marks. Everything else stays the text that it is. The server cleans too. */

import { h } from "./dom.js";

const INLINE = new RegExp(
  [
    String.raw`\\([\\*_\`{}\[\]()<>#!|])`, // 1: an escaped sign
    "`([^`\\n]+)`", // 2: code
    String.raw`\*\*(\S(?:[^]*?\S)?)\*\*`, // 3: bold
    String.raw`\*(\S(?:[^*\n]*?[^\s*])?)\*`, // 4: italics
    String.raw`!?\[([^\]\n]*)\]\(([^\s()]+)(?:\s+"[^"\n]*")?\)`, // 5, 6: a link (or an image, which becomes its words)
    String.raw`\[(\d{1,2}(?:\s*[,，]\s*\d{1,2})*)\]`, // 7: citations
    String.raw`(https?:\/\/[^\s<>"'，。；！？、（）《》【】]+)`, // 8: a bare address
  ].join("|"),
  "g",
);
const ITEM = /^(\s*)(?:([-*+•])\s+|(\d{1,3})(?:[.)]\s+|、\s*))(.*)$/;
const FENCE = /^\s*```/;

/* context = {linkHosts: [host], cite(number) → element, or null where there is no such citation} */
export function renderMarkdown(text, context) {
  const fragment = document.createDocumentFragment();
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  while (lines.length) {
    const block = takeBlock(lines, context);
    if (block) fragment.append(block);
  }
  return fragment;
}

export function renderInline(text, context) {
  return [...inlineNodes(text, context)];
}

function takeBlock(lines, context) {
  if (!lines[0].trim()) return void lines.shift();
  if (FENCE.test(lines[0])) return takeCode(lines);
  if (ITEM.test(lines[0])) return takeList(lines, context);
  if (/^#{1,6}\s/.test(lines[0]))
    return h("p", { class: "heading" }, ...inlineNodes(lines.shift().replace(/^#+\s+/, ""), context));
  return takeParagraph(lines, context);
}

function takeCode(lines) {
  lines.shift();
  const end = lines.findIndex((line) => FENCE.test(line));
  const code = lines.splice(0, end < 0 ? lines.length : end);
  lines.shift();
  return h("pre", { tabindex: "0" }, h("code", {}, code.join("\n")));
}

function takeParagraph(lines, context) {
  const paragraph = h("p");
  do {
    if (paragraph.hasChildNodes()) paragraph.append(h("br"));
    paragraph.append(...inlineNodes(lines.shift().replace(/^>\s?/, ""), context));
  } while (lines.length && lines[0].trim() && !ITEM.test(lines[0]) && !FENCE.test(lines[0]));
  return paragraph;
}

function takeList(lines, context) {
  const [, indent, bullet, number] = ITEM.exec(lines[0]);
  const list = bullet ? h("ul") : h("ol", { start: number === "1" ? null : number });
  while (lines.length && ITEM.test(lines[0])) {
    const [, depth, mark, , words] = ITEM.exec(lines[0]);
    if (depth.length > indent.length + 1 && list.lastChild) list.lastChild.append(takeList(lines, context));
    else if (depth.length < indent.length || Boolean(mark) !== Boolean(bullet)) break;
    else list.append(h("li", {}, ...inlineNodes(lines.shift() && words, context)));
  }
  return list;
}

function* inlineNodes(text, context) {
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const nodes = inlineNode(match, text, context);
    if (match.index > end) yield text.slice(end, match.index);
    yield* nodes ?? [match[0]];
    end = match.index + match[0].length;
  }
  if (end < text.length) yield text.slice(end);
}

function inlineNode(match, text, context) {
  const [whole, escaped, code, bold, italics, label, address, numbers, bare] = match;
  if (escaped) return [escaped];
  if (code) return [h("code", {}, code)];
  if (bold) return [h("strong", {}, ...inlineNodes(bold, context))];
  if (italics) return isSign(text, match.index, whole.length) ? null : [h("em", {}, ...inlineNodes(italics, context))];
  if (address) return whole.startsWith("!") ? [label] : link(address, [...inlineNodes(label, context)], context);
  if (numbers) return citations(numbers, context);
  return bareLink(bare, context);
}

/* 120*60*75 is a size, not emphasis. */
function isSign(text, start, length) {
  return /[\p{L}\p{N}]/u.test(text[start - 1] ?? "") && /[\p{L}\p{N}]/u.test(text[start + length] ?? "");
}

function citations(numbers, context) {
  const marks = numbers.split(/[,，]/).map((number) => context.cite(Number(number)));
  return marks.every(Boolean) ? marks : null;
}

function bareLink(address, context) {
  const [, url, rest] = /^(.*?)([.,;:!?)\]*]*)$/.exec(address);
  return [...link(url, [url], context), rest];
}

function link(address, words, { linkHosts }) {
  const url = allowedUrl(address, linkHosts);
  return url ? [h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, ...words)] : words;
}

/* The address, if it leads where answers may lead; otherwise null. */
function allowedUrl(address, hosts) {
  const url = parseUrl(address);
  if (url?.protocol === "mailto:")
    return hosts.includes(url.pathname.split("@").at(-1).toLowerCase()) ? url.href : null;
  return isWebPage(url) && hosts.includes(url.hostname) ? url.href : null;
}

/* The address of a web page, wherever; null for anything that a browser would run. */
export function webPage(address) {
  const url = parseUrl(address);
  return isWebPage(url) ? url : null;
}

const isWebPage = (url) => ["http:", "https:"].includes(url?.protocol) && !url.username;

function parseUrl(address) {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}
