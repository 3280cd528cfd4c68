// The question box: what is asked, of which statements, and in which manner.
import { call } from "./api.js";
import { dateTrouble, matchIssuer, theCorpus } from "./corpus.js";
import { byId, el, settled } from "./dom.js";

const chosen = { issuers: [], statements: [] };
const state = { onChange: () => {} };
const WIDE = matchMedia("(min-width: 641px)"); // as in question.css: below, the filters fold away
const COARSE = matchMedia("(pointer: coarse)");
const WORDS = { issuers: "issuer", statements: "statement" };

/** What the form asks; throws an Error with what to change, for people. */
export function readQuestion() {
  const question = byId("question").value.trim();
  const [from, to] = [byId("from").value.trim(), byId("to").value.trim()];
  const limit = theCorpus().limits.question ?? Infinity;
  takeIssuer();
  takeStatement();
  const trouble = (!/[\p{L}\p{N}]/u.test(question) && "Write a question first.")
    || (question.length > limit && `The question has ${question.length} characters; up to ${limit} are accepted.`)
    || dateTrouble("From", from) || dateTrouble("To", to)
    || (from && to && from > `${to}~` && "“From” is later than “To”.");
  if (trouble) throw new Error(trouble);
  return {
    question,
    mode: document.querySelector("input[name=mode]:checked").value,
    generator: byId("generator").value,
    filters: { issuers: [...chosen.issuers], statements: [...chosen.statements], date_from: from, date_to: to },
    id: "",
  };
}

/** Puts a question into the form. */
export function fillQuestion({ question, mode, generator, filters }) {
  byId("question").value = question;
  document.querySelector(`input[name=mode][value=${mode}]`).checked = true;
  byId("generator").value = generator === "extractive" ? generator : "";
  byId("from").value = filters.date_from;
  byId("to").value = filters.date_to;
  byId("issuer").value = byId("statement").value = "";
  chosen.issuers = [...filters.issuers];
  chosen.statements = [...filters.statements];
  byId("filters").open = WIDE.matches || Boolean(filters.date_from || filters.date_to); // what is in force is seen
  showChips();
  complain("");
}

/** Shows the issuers that the service understood ("UK" -> "United Kingdom"), unless others are chosen by now. */
export function showUnderstood(asked, { issuers = asked.issuers }) {
  const isAsked = chosen.issuers.join("\n") === asked.issuers.join("\n");
  if (!isAsked || issuers.join("\n") === asked.issuers.join("\n")) return;
  chosen.issuers = [...issuers];
  showChips();
}

/** Where there is a keyboard: one on the screen would cover what is read. */
export function focusQuestion() {
  if (COARSE.matches) byId("question").blur();
  else byId("question").focus({ preventScroll: true });
}

/** Says under the box what keeps a question from being asked. */
export function complain(trouble) {
  byId("question-trouble").textContent = trouble;
}

/** While an answer comes there is something to stop. */
export function setBusy(isBusy) {
  const hadFocus = document.activeElement === byId("stop");
  byId("stop").hidden = !isBusy;
  byId("go").hidden = isBusy;
  if (hadFocus && !isBusy) byId("question").focus();
}

function take(field, input, value) {
  if (!value) return;
  if (!chosen[field].includes(value)) chosen[field].push(value);
  input.value = "";
  showChips();
}

const takeIssuer = () => byId("issuer").value.trim() && take("issuers", byId("issuer"), matchIssuer(byId("issuer").value));
const takeStatement = () => take("statements", byId("statement"), byId("statement").value.trim());

function showChips() {
  const chips = Object.entries(chosen).flatMap(([field, values]) => values.map((value) => chip(field, value)));
  byId("chips").replaceChildren(...chips);
}

function chip(field, value) {
  const drop = () => {
    chosen[field] = chosen[field].filter((other) => other !== value);
    showChips();
    byId("filters").open = true;
    byId(field === "issuers" ? "issuer" : "statement").focus();
    state.onChange();
  };
  const label = `Remove the filter: ${WORDS[field]} ${value}`;
  return el("li", {}, el("span", {}, value),
    el("button", { type: "button", class: "quiet", "aria-label": label, onclick: drop }, "×"));
}

async function suggestStatements() {
  const typed = byId("statement").value.trim();
  if (!typed) return;
  const found = await call(`v1/statements?${new URLSearchParams({ q: typed, limit: 20 })}`).catch(() => null);
  if (!found) return; // suggestions are a help; the question itself will say what is wrong
  const options = found.statements.map(({ id, title }) => el("option", { value: id, label: title || id }));
  byId("statement-ids").replaceChildren(...options);
}

const isSuggested = (id, value) => [...byId(id).options].some((option) => option.value === value);

/** Choosing a suggestion takes it at once; Enter and leaving the field take what was typed. */
function wireFilter(input, list, onTake) {
  input.addEventListener("input", (event) => {
    const isTyped = event.inputType === "insertText";
    if (!isTyped && isSuggested(list, input.value)) onTake();
  });
  input.addEventListener("change", onTake);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !input.value.trim()) return;
    event.preventDefault(); // the filter is taken; a second Enter asks
    onTake();
  });
}

/** `onAsk` hears that a question is to be asked, `onStop` that it is to be given up, `onChange` that it differs now. */
export function wireQuestion({ onAsk, onStop, onChange }) {
  state.onChange = onChange;
  const form = byId("question-form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onAsk();
  });
  byId("question").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    onAsk();
  });
  byId("question").addEventListener("input", () => complain(""));
  byId("stop").addEventListener("click", onStop);
  form.querySelector(".switch").addEventListener("change", onChange);
  WIDE.addEventListener("change", () => { byId("filters").open ||= WIDE.matches; });
  wireFilter(byId("issuer"), "issuers", takeIssuer);
  wireFilter(byId("statement"), "statement-ids", takeStatement);
  byId("statement").addEventListener("input", settled(suggestStatements));
}
