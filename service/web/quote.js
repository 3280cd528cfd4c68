// A quotation with its mark, its place and its references; and who said it, and when.
import { bibtex, copy, markdown, plain, quoteLink, reference } from "./citation.js";
import { action, el, linkOut } from "./dom.js";
import { spotLink } from "./reader.js";
import { capacity, titled, who, writtenDate } from "./words.js";

/** The heading of what one statement says. */
export function speaker(statement) {
  const detail = capacity(statement);
  return el("header", { class: "speaker" },
    el("h3", {}, who(statement)),
    el("p", {},
      detail && el("span", {}, detail),
      statement.date && el("time", { datetime: statement.date }, writtenDate(statement.date)),
      statement.kind && el("span", {}, statement.kind)),
    el("p", { class: "title" },
      spotLink({ statement_id: statement.statement_id, version: statement.version }, {}, titled(statement)),
      linkOut(statement.url, "Source")));
}

/** The mark [n], a link to the quote's place in its statement. */
export const mark = (citation) =>
  spotLink(citation, {
    class: "mark",
    "aria-label": `Citation ${citation.n}: open the statement at ${placeInWords(citation)}`,
  }, `[${citation.n}]`);

export function quotation(citation) {
  return el("figure", { class: "quote" },
    el("blockquote", {},
      el("span", { class: "open" }, "“"), el("span", { class: "words" }, citation.quote), "”", "\u202f", mark(citation)),
    actions(citation),
    el("figcaption", { class: "reference" }, `[${citation.n}] ${reference(citation)}`));
}

export const placeInWords = ({ paragraph }) => (paragraph ? `paragraph ${paragraph}` : "the title");

/** Reading in context, and copies; each button says by its label what it copies. */
export function actions(citation) {
  const copies = [
    ["Plain", "as plain text", () => plain(citation)],
    ["Markdown", "as Markdown", () => markdown(citation)],
    ["BibTeX", "as BibTeX", () => bibtex(citation)],
    ["Link", "as a link to these words", () => quoteLink(citation)],
  ];
  return el("div", { class: "actions" },
    spotLink(citation, { class: "action" }, `Read at ${placeInWords(citation)}`),
    el("span", { class: "copies", role: "group", "aria-label": `Copy this citation` },
      el("span", { class: "small" }, "Copy:"),
      copies.map(([label, title, make]) =>
        action(label, `Copy ${title}`, (event) => copy(make(), event.currentTarget)))));
}
