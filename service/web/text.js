// The text of a statement as numbered paragraphs, with cited words marked.
import { el, slicer } from "./dom.js";
import { spotFragment } from "./place.js";

/** {elements, isFound}: paragraphs; `here` is marked strongly, `others` (cited too) lightly. */
export function paragraphsOf(statement, here, others) {
  const cut = slicer(statement.text);
  const spans = spansOf(here, others);
  const elements = statement.paragraphs.map((place) => paragraph(statement, place, cut, spans));
  return { elements, isFound: elements.some((element) => element.querySelector("mark.here")) };
}

/** Where marks begin and end, in order; overlapping ones give way to `here`. */
function spansOf(here, others) {
  const isPlace = ({ start, end }) => start != null && end != null && start < end;
  const own = isPlace(here) ? [{ start: here.start, end: here.end, name: "here" }] : [];
  const apart = ({ start, end }) => own.every((span) => end <= span.start || start >= span.end);
  const light = others.filter(isPlace).filter(apart).map(({ start, end }) => ({ start, end, name: "also" }));
  return [...own, ...light].sort((a, b) => a.start - b.start);
}

function paragraph(statement, { paragraph: number, start, end }, cut, spans) {
  const within = spans.filter((span) => span.start < end && span.end > start);
  const isCited = within.some((span) => span.name === "here");
  const address = spotFragment({ statement_id: statement.statement_id, version: statement.version, start, end });
  return el("div", { class: `paragraph${isCited ? " cited" : ""}${number === 0 ? " heading" : ""}` },
    number > 0 && el("a", { class: "number", href: address, "aria-label": `Paragraph ${number}: link to it` }, String(number)),
    el("p", {}, pieces(start, end, within, cut)));
}

/** The text between the marks, and the marks. */
function pieces(start, end, spans, cut) {
  const parts = [];
  let done = start;
  for (const span of spans) {
    const [from, to] = [Math.max(done, span.start), Math.min(end, span.end)];
    if (from >= to) continue;
    parts.push(cut(done, from), el("mark", { class: span.name }, cut(from, to)));
    done = to;
  }
  return [...parts, cut(done, end)];
}

/** The words at a spot, "" where it names none. */
export const wordsAt = (statement, { start, end }) =>
  start == null || end == null ? "" : slicer(statement.text)(start, end);

/** Where a text says these words: {start, end} in code points, {} if it does not. */
export function findWords(text, words) {
  const at = words ? text.indexOf(words) : -1;
  if (at < 0) return {};
  const start = Array.from(text.slice(0, at)).length;
  return { start, end: start + Array.from(words).length };
}
