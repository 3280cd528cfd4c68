// Passages: found by a search, or nearest to a question that has no answer.
import { el, slicer } from "./dom.js";
import { actions, placeInWords, speaker } from "./quote.js";
import { setTrail, spotLink } from "./reader.js";
import { searchedInWords } from "./words.js";

/** A list of passages; those that do not answer say so, and are not offered for citing. */
export function passageList(hits, { answering }) {
  setTrail(hits.map(spotOf));
  return el("ol", { class: answering ? "passages" : "passages nearest" },
    hits.map((hit) => el("li", {}, passage(hit, answering))));
}

/** The result of a search. */
export function passageView(query, { hits, searched }) {
  const found = hits.length ? `${hits.length} nearest passages` : "No passages";
  return el("article", { class: "answer" },
    el("header", {},
      el("h2", { class: "asked-question" }, query),
      el("p", { class: "facts" }, el("span", {}, found), el("span", {}, `searched ${searchedInWords(searched)}`))),
    hits.length ? passageList(hits, { answering: true })
      : el("p", { class: "notice" }, "Nothing that passes the filters holds text to search. Use other filters."));
}

function passage(hit, answering) {
  return el("article", { class: "passage" },
    speaker(hit),
    !answering && el("p", { class: "tag" }, "Does not answer"),
    el("blockquote", {}, marked(hit)),
    answering ? actions({ ...hit, quote: hit.text })
      : el("div", { class: "actions" }, spotLink(spotOf(hit), { class: "action" }, `Read at ${placeInWords(hit)}`)));
}

/** The passage with its best sentence marked. */
function marked({ text, start, end, highlights }) {
  const cut = slicer(text);
  const best = highlights[0];
  if (!best || best.start < start || best.end > end) return [text];
  const [from, to] = [best.start - start, best.end - start];
  return [cut(0, from), el("mark", {}, cut(from, to)), cut(to, end - start)];
}

/** Where to open the statement: at the best sentence. */
function spotOf({ statement_id, version, paragraph, start, end, highlights }) {
  const best = highlights[0] ?? { start, end };
  return { statement_id, version, paragraph, start: best.start, end: best.end };
}
