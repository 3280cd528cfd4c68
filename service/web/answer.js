// An answer as it arrives: sentence by sentence, then how sure it is and what was searched.
import { copy, markdown } from "./citation.js";
import { action, announce, el } from "./dom.js";
import { passageList } from "./passages.js";
import { NO_FILTERS, askFragment, permalink } from "./place.js";
import { mark, quotation, speaker } from "./quote.js";
import { setTrail } from "./reader.js";
import { confidence, count, filtersInWords, percent, searchedInWords } from "./words.js";

const CHANGED = "The statements have changed since this link was made: this is not the answer that was linked.";
const ENGLISH = "Questions are understood in English; write it so if yours is not.";
const CONFIDENCE = "The estimated probability that the statements searched answer this question";

/** The view of one question: `element`, and what to tell it as the events come. */
export function answerView(place, onAgain) {
  const parts = {
    facts: el("p", { class: "facts" }, el("span", {}, "Searching…")),
    linked: el("div", {}),
    notices: el("div", {}),
    sentences: el("div", { class: "sentences" }),
    end: el("footer", {}),
  };
  const element = el("article", { class: "answer", "aria-busy": "true" },
    el("header", {}, el("h2", { class: "asked-question" }, place.question), parts.facts),
    parts.linked, parts.sentences, parts.notices, parts.end);
  const view = { element, parts, place, onAgain, cited: new Map(), texts: [] };
  return {
    element,
    hasArrived: () => view.texts.length > 0,
    searched: ({ searched }) => setFacts(parts, [`Reading ${searchedInWords(searched)}…`]),
    sentence: (event) => addSentence(view, event),
    answer: (answer) => finish(view, answer),
    ended: (...panels) => {
      element.setAttribute("aria-busy", "false");
      setFacts(parts, []);
      parts.end.replaceChildren(...panels);
    },
  };
}

const setFacts = (parts, texts) => parts.facts.replaceChildren(...texts.map((text) => el("span", {}, text)));

function addSentence({ parts, cited, texts }, { sentence, citations }) {
  citations.forEach((citation) => cited.set(citation.n, citation));
  texts.push(sentence.text);
  setTrail([...cited.values()]);
  if (isQuotation(sentence, cited)) addQuotations(parts.sentences, citations);
  else parts.sentences.append(written(sentence, citations, cited));
  announce(sentence.text);
}

/** Whether a sentence is nothing but a quote, as in an extractive answer: then the quote itself is shown. */
function isQuotation({ text, citations }, cited) {
  const quoted = citations.length === 1 && cited.get(citations[0])?.quote.split(/\s+/).join(" ").trim();
  return Boolean(quoted) && text.endsWith(`“${quoted}” [${citations[0]}]`);
}

/** Quotes of one statement that follow each other stand under one heading. */
function addQuotations(element, citations) {
  for (const citation of citations) {
    const version = `${citation.statement_id} ${citation.version}`;
    if (element.lastElementChild?.dataset.of !== version) {
      element.append(el("section", { class: "said", "data-of": version }, speaker(citation)));
    }
    element.lastElementChild.append(quotation(citation));
  }
}

/** A sentence that a model wrote, its marks as links, and below it the quotes that bear it out. */
function written({ text, support }, citations, cited) {
  const parts = text.split(/\[(\d+)\]/).map((part, place) =>
    place % 2 === 0 ? part : cited.has(Number(part)) ? mark(cited.get(Number(part))) : `[${part}]`);
  const quotes = el("div", { class: "evidence" });
  addQuotations(quotes, citations);
  return el("section", { class: "written" },
    el("p", { title: `Support by what it cites: ${Math.round(100 * support)} %` }, parts),
    quotes.childElementCount > 0 && quotes);
}

function finish(view, answer) {
  const { element, parts, place } = view;
  element.setAttribute("aria-busy", "false");
  if (view.texts.join("\n") !== answer.sentences.map(({ text }) => text).join("\n")) redraw(view, answer);
  const known = facts(answer);
  setFacts(parts, known);
  if (known.length > 1) parts.facts.firstElementChild.title = CONFIDENCE;
  if (place.id && answer.id !== place.id) parts.linked.replaceChildren(el("p", { class: "notice" }, CHANGED));
  parts.notices.replaceChildren(...notices(answer));
  if (answer.status === "not_found") parts.sentences.replaceChildren(...notFound(view, answer));
  parts.end.replaceChildren(...ending(answer, permalink(askFragment(place, answer.id))));
  announce(`${answer.status === "answered" ? "Answered" : silence(answer.searched)}: ${known.join(", ")}`);
}

/** The whole answer is the truth: what was streamed before it may have been given up for it. */
function redraw(view, answer) {
  view.parts.sentences.replaceChildren();
  Object.assign(view, { texts: [], cited: new Map() });
  const cited = new Map(answer.citations.map((citation) => [citation.n, citation]));
  for (const sentence of answer.sentences) {
    const isNew = (citation) => citation && !view.cited.has(citation.n);
    const citations = sentence.citations.map((n) => cited.get(n)).filter(isNew);
    addSentence(view, { sentence, citations });
  }
}

function facts({ status, confidence: value, citations, searched }) {
  const statements = new Set(citations.map((citation) => citation.statement_id)).size;
  if (searched.statements === 0) return [`Searched ${searchedInWords(searched)}`];
  const found = `${count(citations.length, "quotation")} from ${count(statements, "statement")}`;
  const sure = status === "answered" ? [`Confidence ${confidence(value)}`, found]
    : [`Chance of an answer here: ${percent(value)}, too low to give one`];
  return [...sure, `searched ${searchedInWords(searched)}`];
}

/** What the reader of an answer must know besides it: below it, so that nothing already read moves. */
const notices = ({ notice, dropped = [] }) =>
  [notice && el("p", { class: "notice" }, notice), dropped.length > 0 && droppedPanel(dropped)].filter(Boolean);

function droppedPanel(dropped) {
  const was = dropped.length === 1 ? "was" : "were";
  const reasons = dropped.map(({ reasons }) => el("li", {}, reasons.map((reason) => reason.detail).join("; ")));
  return el("div", { class: "notice" },
    el("p", {}, `${count(dropped.length, "sentence")} the model wrote ${was} dropped:`), el("ul", {}, reasons));
}

/** Why there is no answer, in a few words. */
function silence(searched) {
  if (searched.statements > 0) return "Not in the corpus";
  return filtersInWords(searched.filters) ? "No statement passes these filters." : "There are no statements here yet.";
}

function notFound({ place, onAgain }, { searched, nearest = [] }) {
  const filters = filtersInWords(searched.filters);
  const again = (label, change) =>
    el("button", { type: "button", onclick: () => onAgain({ ...place, ...change, id: "" }) }, label);
  const heading = el("h3", {}, silence(searched));
  const unfiltered = filters && again("Search without filters", { filters: NO_FILTERS });
  if (searched.statements === 0) return [el("section", { class: "silent" }, heading, unfiltered && el("p", {}, unfiltered))];
  return [
    el("section", { class: "silent" },
      heading,
      el("p", {}, `${count(searched.statements, "statement")} with ${count(searched.passages, "passage")} were searched`,
        filters && `, those that pass the filters: ${filters}`, ". Nothing in them answers this question."),
      el("p", { class: "small" }, ENGLISH),
      el("p", {}, unfiltered, " ", again("Show passages instead", { mode: "passages" }))),
    nearest.length > 0 && el("section", { "aria-labelledby": "nearest-title" },
      el("h3", { id: "nearest-title", class: "label" }, "Nearest passages. They do not answer the question."),
      passageList(nearest, { answering: false })),
  ].filter(Boolean);
}

/** What can be done with an answer, and how it was made. */
function ending(answer, link) {
  const isWritten = answer.generator === "llm";
  const time = Object.values(answer.timings_ms ?? {}).reduce((sum, value) => sum + value, 0);
  const made = isWritten
    ? `Written by ${answer.models.llm ?? "a language model"}, each sentence checked against its quotations`
    : "Made of quotations only";
  const whole = () =>
    [`## ${answer.question}`, isWritten && answer.answer, ...answer.citations.map(markdown), `<${link}>`]
      .filter(Boolean).join("\n\n");
  const copier = (label, title, make) => action(label, title, (event) => copy(make(), event.currentTarget));
  return [
    el("p", { class: "actions" },
      copier("Copy link to this answer", "The link asks again, and says if the answer has changed", () => link),
      answer.citations.length > 0 && copier("Copy all as Markdown", "The quotations with their references", whole),
      action("Print", "Print with full references", () => print())),
    el("p", { class: "small made" }, `${made}. Answer ${answer.id}, ${(time / 1000).toFixed(2)} s.`),
    el("p", { class: "reference" }, link),
  ];
}
