// The page: which view is shown, what its address is, and which key does what.
import { answerView } from "./answer.js";
import { isAbort, post, stream } from "./api.js";
import { loadCorpus } from "./corpus.js";
import { announce, byId, el } from "./dom.js";
import { wireKey } from "./key.js";
import { passageView } from "./passages.js";
import { askFragment, readPlace, spotFragment } from "./place.js";
import { complain, fillQuestion, readQuestion, setBusy, wireQuestion } from "./question.js";
import { close, isOpen, open, setTrail, step, wireReader } from "./reader.js";
import { showList, wireStatements } from "./statements.js";
import { troublePanel } from "./trouble.js";
import { showLimits, wireUpload } from "./upload.js";
import { count } from "./words.js";

const K_PASSAGES = 10;
const COARSE = matchMedia("(pointer: coarse)"); // a keyboard on the screen would cover what is read
const root = document.documentElement;
const shown = { fragment: "", asking: null, isList: false }; // the question whose answer is on the page, without its id

/** Asks what the form holds. */
function askForm() {
  try {
    const place = readQuestion();
    history.pushState(null, "", askFragment(place));
    ask(place);
  } catch (error) {
    complain(error.message);
    byId("question").focus();
  }
}

function askAgain(place) {
  history.pushState(null, "", askFragment(place));
  fillQuestion(place);
  ask(place);
}

/** Asks, and shows the answer as it arrives; a question still being answered is given up. */
async function ask(place) {
  shown.asking?.abort();
  const asking = new AbortController();
  Object.assign(shown, { asking, fragment: askFragment(place) });
  byId("nav-ask").href = shown.fragment;
  document.title = `${place.question} – Communiqué`;
  if (isOpen()) close();
  if (COARSE.matches) byId("question").blur();
  else byId("question").focus({ preventScroll: true });
  setTrail([]);
  setBusy(true);
  announce("Searching", true);
  root.classList.add("asked");
  const result = byId("result");
  const onEnd = place.mode === "passages" ? await askPassages(place, asking.signal, result) : await askAnswer(place, asking.signal, result);
  if (shown.asking !== asking) return;
  onEnd();
  setBusy(false);
  shown.asking = null;
}

/** Each gives what to do at the end, if the question is then still the one asked. */
async function askAnswer(place, signal, result) {
  const view = answerView(place, askAgain);
  result.replaceChildren(view.element);
  let id = "";
  const receive = ({ event, data }) => {
    if (signal.aborted) return;
    view[event]?.(data);
    if (event === "answer") id = data.id;
  };
  const { question, filters } = place;
  const body = { question, filters: sent(filters), stream: true, ...(place.generator && { generator: place.generator }) };
  try {
    await stream("v1/answers", body, "answer", signal, receive);
    return () => rememberId(place, id);
  } catch (error) {
    return () => view.ended(isAbort(error) ? stopped(place) : troublePanel(error, () => ask(place)));
  }
}

async function askPassages(place, signal, result) {
  const view = answerView(place, askAgain); // until the passages are there
  result.replaceChildren(view.element);
  try {
    const found = await post("v1/search", { query: place.question, k: K_PASSAGES, filters: sent(place.filters) }, signal);
    return () => {
      result.replaceChildren(passageView(place.question, found));
      announce(count(found.hits.length, "passage"));
    };
  } catch (error) {
    return () => view.ended(isAbort(error) ? stopped(place) : troublePanel(error, () => ask(place)));
  }
}

const sent = (filters) => Object.fromEntries(Object.entries(filters).filter(([, value]) => value.length));

function stopped(place) {
  announce("Stopped");
  return el("div", { class: "notice" }, el("p", {}, "Stopped. What had arrived is shown, and was checked."),
    el("button", { type: "button", onclick: () => ask(place) }, "Ask again"));
}

/** The permalink names the answer that was given, so that it can say later if it has changed. */
function rememberId(place, id) {
  if (!id) return;
  byId("nav-ask").href = askFragment(place, id);
  const here = readPlace(location.hash);
  const isHere = here.view === "ask" && askFragment(here) === shown.fragment; // one may have gone elsewhere meanwhile
  if (isHere) history.replaceState(history.state, "", askFragment(place, id));
}

const stop = () => shown.asking?.abort();

/** Shows what the address says. */
function go() {
  const place = readPlace(location.hash);
  const wasList = shown.isList;
  shown.isList = place.view === "statements";
  showView(place.view === "statements" ? "statements" : "ask");
  if (place.view === "read") {
    open(place.spot);
    return;
  }
  if (isOpen() && !history.state?.pane) close();
  if (place.view === "statements") wasList || showList(); // closing the pane must not take the row away that has the focus
  else if (!place.question) clear();
  else if (askFragment(place) !== shown.fragment) {
    fillQuestion(place);
    ask(place);
  }
}

const setCurrent = (element, value) =>
  value ? element.setAttribute("aria-current", value) : element.removeAttribute("aria-current");

function showView(view) {
  root.dataset.view = view;
  for (const name of ["ask", "statements"]) setCurrent(byId(`nav-${name}`), name === view && "page");
  if (view === "statements") document.title = "Statements – Communiqué";
}

function clear() {
  stop();
  shown.fragment = "";
  byId("nav-ask").href = "#";
  document.title = "Communiqué";
  setTrail([]);
  byId("result").replaceChildren();
  root.classList.remove("asked");
  fillQuestion({ ...readPlace(""), question: "" });
  if (!COARSE.matches) byId("question").focus({ preventScroll: true });
}

/** On phones the pane covers the page, and the Back button is expected to close it: so it is a step of history. */
function paneShown(spot, isNew) {
  for (const quote of document.querySelectorAll("#main [data-spot]")) {
    const isHere = spot !== null && quote.dataset.spot === spotFragment(spot);
    setCurrent(quote, isHere && "true");
    quote.closest(".quote, .passage, tr")?.classList.toggle("current", isHere);
  }
  const isLink = readPlace(location.hash).view === "read";
  if (spot && isNew && !isLink) history.pushState({ pane: true }, "");
}

function closePane() {
  const isLink = readPlace(location.hash).view === "read";
  if (history.state?.pane) history.back();
  else if (isLink) {
    close();
    history.pushState(null, "", byId("nav-ask").getAttribute("href"));
    go();
  } else close();
}

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && isOpen()) return closePane();
  if (event.target.closest("input, textarea, select")) return;
  const steps = { n: 1, ArrowRight: 1, p: -1, ArrowLeft: -1 };
  if (event.key === "/") {
    event.preventDefault();
    if (isOpen()) closePane();
    if (root.dataset.view !== "ask") location.hash = byId("nav-ask").getAttribute("href");
    byId("question").focus();
    byId("question").select();
  } else if (event.key in steps && root.dataset.view === "ask") {
    event.preventDefault();
    step(steps[event.key]);
  }
}

/** What the service holds, in the lede and the examples. */
async function showCorpus() {
  const corpus = await loadCorpus();
  showLimits();
  const [from, to] = [corpus.date_from, corpus.date_to].map((date) => (date ?? "").slice(0, 4));
  const years = from === to ? from : `${from} to ${to}`;
  const issuers = count(corpus.issuers.length, "issuer");
  for (const [id, year] of [["from", from], ["to", to], ["list-from", from], ["list-to", to]]) byId(id).placeholder = year || "any";
  byId("lede").textContent = corpus.statements
    ? `${count(corpus.statements, "statement")} by ${issuers}${years && `, ${years}`}. Every answer quotes them, and says where.`
    : "There are no statements here yet. Add some under Statements.";
  byId("generator-choice").hidden = !corpus.generators.includes("llm");
  byId("examples").querySelector("ul").replaceChildren(...corpus.examples.map((question) =>
    el("li", {}, el("a", { href: askFragment({ ...readPlace(""), question }) }, question))));
  byId("examples").hidden = corpus.examples.length === 0;
}

async function start() {
  wireKey();
  wireReader({ onShow: paneShown, onClose: closePane });
  wireQuestion({ onAsk: askForm, onStop: stop });
  wireStatements();
  wireUpload(() => {
    showList();
    showCorpus().catch(() => {});
  });
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    (root.dataset.view === "statements" ? byId("list-q") : byId("question")).focus();
  });
  addEventListener("popstate", go);
  addEventListener("keydown", onKey);
  if (history.state?.pane) history.replaceState(null, ""); // a reload does not restore the pane
  go();
  await showCorpus().catch((error) => {
    if (!shown.fragment) byId("result").replaceChildren(troublePanel(error, () => location.reload()));
  });
}

start();
