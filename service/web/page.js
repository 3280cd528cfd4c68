// The page: which view is shown, what its address is, and which key does what.
import { ask, askChanged, askForm, clear, isShown, stop, titleOf } from "./asking.js";
import { loadCorpus } from "./corpus.js";
import { byId, el } from "./dom.js";
import { showKeyButton, wireKey } from "./key.js";
import { askFragment, readPlace, spotFragment } from "./place.js";
import { fillQuestion, wireQuestion } from "./question.js";
import { close, isOpen, open, step, wireReader } from "./reader.js";
import { showList, wireStatements } from "./statements.js";
import { troublePanel } from "./trouble.js";
import { showLimits, wireUpload } from "./upload.js";
import { count } from "./words.js";

const root = document.documentElement;
const STEPS = { n: 1, ArrowRight: 1, p: -1, ArrowLeft: -1 };

/** Shows what the address says. */
function go() {
  const place = readPlace(location.hash);
  const wasList = root.dataset.view === "statements" && byId("list").childElementCount > 0;
  showView(place);
  if (place.view === "read") {
    open(place.spot);
    return;
  }
  if (!history.state?.pane) close();
  if (place.view === "statements") {
    if (!wasList) showList(); // closing the pane must not take away the row that has the focus
  } else if (!place.question) clear();
  else if (!isShown(place)) {
    fillQuestion(place);
    ask(place);
  }
}

function showView(place) {
  const view = place.view === "statements" ? "statements" : "ask";
  root.dataset.view = view;
  document.title = view === "statements" ? "Statements – Communiqué" : titleOf(place);
  for (const name of ["ask", "statements"]) setCurrent(byId(`nav-${name}`), name === view && "page");
}

const setCurrent = (element, value) =>
  value ? element.setAttribute("aria-current", value) : element.removeAttribute("aria-current");

const isLinkToSpot = () => readPlace(location.hash).view === "read";

/** On phones the pane covers the page, and Back is expected to close it: so it is a step of history. */
function paneShown(spot, isNew) {
  for (const link of document.querySelectorAll("#main [data-spot]")) {
    const isHere = spot !== null && link.dataset.spot === spotFragment(spot);
    setCurrent(link, isHere && "true");
    link.closest(".quote, .passage, tr")?.classList.toggle("current", isHere);
  }
  if (spot && isNew && !isLinkToSpot()) history.pushState({ pane: true }, "");
}

function closePane() {
  if (history.state?.pane) return history.back();
  const wasLink = isLinkToSpot();
  close();
  if (!wasLink) return undefined;
  history.pushState(null, "", byId("nav-ask").getAttribute("href"));
  return go();
}

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && isOpen()) closePane();
  if (event.target.closest("input, textarea, select")) return;
  if (event.key === "/") {
    event.preventDefault();
    toQuestion();
  } else if (event.key in STEPS && root.dataset.view === "ask") {
    event.preventDefault();
    step(STEPS[event.key]);
  }
}

function toQuestion() {
  if (byId("main").inert) close(); // the pane covers the box
  if (root.dataset.view !== "ask") location.hash = byId("nav-ask").getAttribute("href");
  byId("question").focus();
  byId("question").select();
}

/** What the service holds: in the lede, the examples and the fields. */
async function showCorpus() {
  const corpus = await loadCorpus();
  showLimits();
  showKeyButton(corpus.access.read || corpus.access.write);
  const [from, to] = [corpus.date_from, corpus.date_to].map((date) => (date ?? "").slice(0, 4));
  const hints = { from, to, "list-from": from, "list-to": to };
  for (const [id, year] of Object.entries(hints)) byId(id).placeholder = year || "any";
  byId("lede").textContent = corpus.statements
    ? `${holdings(corpus, from, to)}. Every answer quotes them, and says where.`
    : "There are no statements here yet. Add some under Statements.";
  byId("generator-choice").hidden = !corpus.generators.includes("llm");
  const examples = corpus.examples.map((question) =>
    el("li", {}, el("a", { href: askFragment({ ...readPlace(""), question }) }, question)));
  byId("examples").querySelector("ul").replaceChildren(...examples);
  byId("examples").hidden = examples.length === 0;
}

/** "578 statements by 194 issuers, 2022 to 2024" */
function holdings({ statements, issuers }, from, to) {
  const years = from === to ? from : `${from} to ${to}`;
  const who = issuers.length > 0 && ` by ${count(issuers.length, "issuer")}`;
  return [count(statements, "statement"), who, years && `, ${years}`].filter(Boolean).join("");
}

async function start() {
  wireKey(() => showCorpus().catch(() => {})); // what asked for the key says what is wrong with it
  wireReader({ onShow: paneShown, onClose: closePane });
  wireQuestion({ onAsk: () => askForm(), onStop: stop, onChange: askChanged });
  wireStatements();
  wireUpload(() => {
    showList();
    showCorpus().catch(() => {}); // the list says what is wrong
  });
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId(root.dataset.view === "statements" ? "list-q" : "question").focus();
  });
  addEventListener("popstate", go);
  addEventListener("keydown", onKey);
  if (history.state?.pane) history.replaceState(null, ""); // a reload does not restore the pane
  go();
  await showCorpus().catch((error) => {
    if (!byId("result").hasChildNodes()) byId("result").append(troublePanel(error, () => location.reload()));
  });
}

start();
