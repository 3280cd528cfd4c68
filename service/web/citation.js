// A quote as a reference: plain text, Markdown, BibTeX; and the clipboard.
import { announce, byId, isWebAddress } from "./dom.js";
import { permalink, spotFragment } from "./place.js";
import { titled, who, writtenDate } from "./words.js";

const oneLine = (text) => text.trim().split(/\s+/).join(" ");
const linkTo = (citation) => permalink(spotFragment(citation));
const paragraph = (citation) => (citation.paragraph ? `para. ${citation.paragraph}` : "title");

/** Who, “title”, kind, date, paragraph. */
const described = (citation) =>
  [who(citation), `“${titled(citation)}”`, citation.kind, writtenDate(citation.date), paragraph(citation)]
    .filter(Boolean).join(", ");

/** Where it is, and which version: what a third party needs to check it. */
const located = (citation) =>
  `${[isWebAddress(citation.url) && citation.url, linkTo(citation)].filter(Boolean).join(" ; ")} (${version(citation)})`;

export const plain = (citation) => `${described(citation)}: “${oneLine(citation.quote)}” ${located(citation)}`;

/** What stands below a quote on paper. */
export const reference = (citation) => `${described(citation)}. ${located(citation)}`;

const version = ({ statement_id: id, version: hash, start, end }) =>
  `${id}, version ${hash.slice(0, 12)}, characters ${start}–${end}`;

const inMarkdown = (text) => oneLine(text).replace(/[\\`*_[\]<>#|~]/g, "\\$&");

export function markdown(citation) {
  const title = inMarkdown(titled(citation));
  const named = isWebAddress(citation.url) ? `[${title}](<${new URL(citation.url).href}>)` : `*${title}*`;
  const parts = [inMarkdown(who(citation)), named, inMarkdown(citation.kind), writtenDate(citation.date),
    `[${paragraph(citation)}](<${linkTo(citation)}>)`];
  return `> ${inMarkdown(citation.quote)}\n>\n> — ${parts.filter(Boolean).join(", ")}`;
}

const LATEX = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}" };
const inLatex = (text) => oneLine(text).replace(/[\\~^&%$#_{}]/g, (char) => LATEX[char] ?? `\\${char}`);

export function bibtex(citation) {
  const [year, month, day] = citation.date.split("-");
  const people = citation.issuers.length === 1 && citation.speakers.length === 1 ? [citation.speakers[0].name]
    : citation.issuers.length ? citation.issuers : citation.speakers.map((speaker) => speaker.name);
  const fields = {
    author: people.map((name) => `{${inLatex(name)}}`).join(" and "),
    title: `{${inLatex(titled(citation))}}`,
    howpublished: inLatex(citation.kind),
    organization: people.length === 1 ? inLatex(citation.issuers.join(", ")) : "",
    year, month, day,
    url: isWebAddress(citation.url) ? new URL(citation.url).href.replace(/[{}\\]/g, encodeURIComponent) : linkTo(citation),
    note: `${paragraph(citation)}: \`\`${inLatex(citation.quote)}''; ${inLatex(version(citation)).replace("–", "--")}`,
  };
  const key = `${citation.statement_id.replace(/[^A-Za-z0-9]+/g, "-")}-${citation.start}`;
  const lines = Object.entries(fields).filter(([, value]) => value).map(([name, value]) => `  ${name} = {${value}}`);
  return `@misc{${key},\n${lines.join(",\n")}\n}`;
}

export const quoteLink = linkTo;

/** Copies, says so on the button, and shows the text for copying by hand where the browser refuses. */
export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text); // missing where the page is not served over https or loopback
  } catch {
    byHand(text);
    return;
  }
  announce("Copied");
  button.dataset.label ??= button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = button.dataset.label; }, 1500);
}

function byHand(text) {
  const field = byId("by-hand-text");
  field.value = text;
  byId("by-hand").showModal();
  field.focus();
  field.select();
}
