// Asking: a question goes to the service, and what comes back is shown as it comes.
import { answerView } from "./answer.js";
import { isAbort, post, stream } from "./api.js";
import { announce, byId, el } from "./dom.js";
import { passageView } from "./passages.js";
import { askFragment, readPlace } from "./place.js";
import { complain, fillQuestion, focusQuestion, readQuestion, setBusy, showUnderstood } from "./question.js";
import { close, setTrail } from "./reader.js";
import { troublePanel } from "./trouble.js";
import { count } from "./words.js";

const PASSAGES = 10; // asked for in a search
const shown = { fragment: "", asking: null }; // the question on the page, without its answer's id

/** Whether the answer to a question is on the page, or on its way there. */
export const isShown = (place) => askFragment(place) === shown.fragment;

export const stop = () => shown.asking?.abort();

/** Asks what the form holds, or says what keeps it from being asked. */
export function askForm({ keepsFocus = false } = {}) {
  try {
    const place = readQuestion();
    history.pushState(null, "", askFragment(place));
    ask(place, { keepsFocus });
  } catch (error) {
    complain(error.message);
    if (!keepsFocus) byId("question").focus();
  }
}

/** Once something was asked, another mode or fewer filters ask again. */
export const askChanged = () => shown.fragment && askForm({ keepsFocus: true });

/** Asks a question of one's own making, and puts it into the form. */
function askInstead(place) {
  history.pushState(null, "", askFragment(place));
  fillQuestion(place);
  ask(place);
}

/** Asks, and shows the answer as it arrives; a question still being answered is given up. */
export async function ask(place, { keepsFocus = false } = {}) {
  stop();
  const asking = new AbortController();
  Object.assign(shown, { asking, fragment: askFragment(place) });
  prepare(place);
  if (!keepsFocus) focusQuestion();
  const view = answerView(place, askInstead);
  byId("result").replaceChildren(view.element);
  const show = place.mode === "passages" ? showPassages : showAnswer;
  let ended = () => {};
  try {
    ended = await show(place, asking.signal, view);
  } catch (error) {
    ended = () => view.ended(isAbort(error) ? stopped(place, view) : troublePanel(error, () => ask(place)));
  }
  if (shown.asking !== asking) return; // another question has been asked meanwhile
  ended();
  setBusy(false);
  shown.asking = null;
}

function prepare(place) {
  byId("nav-ask").href = shown.fragment;
  document.title = titleOf(place);
  close();
  setTrail([]);
  setBusy(true);
  announce("Searching", true);
  document.documentElement.classList.add("asked");
}

export const titleOf = ({ question }) => (question ? `${question} – Communiqué` : "Communiqué");

/** Shows an answer while it comes; what it gives is done at its end. */
async function showAnswer(place, signal, view) {
  let answer = null;
  const receive = ({ event, data }) => {
    if (signal.aborted) return;
    view[event]?.(data);
    if (event === "answer") answer = data;
  };
  const { question, filters, generator } = place;
  const body = { question, filters: inForce(filters), stream: true, ...(generator && { generator }) };
  await stream("v1/answers", body, "answer", signal, receive);
  return () => {
    showUnderstood(filters, answer.searched.filters);
    rememberId(place, answer.id);
  };
}

async function showPassages({ question, filters }, signal) {
  const found = await post("v1/search", { query: question, k: PASSAGES, filters: inForce(filters) }, signal);
  return () => {
    showUnderstood(filters, found.searched.filters);
    byId("result").replaceChildren(passageView(question, found));
    announce(count(found.hits.length, "passage"));
  };
}

const inForce = (filters) => Object.fromEntries(Object.entries(filters).filter(([, value]) => value.length));

function stopped(place, view) {
  announce("Stopped");
  return el("div", { class: "notice" },
    el("p", {}, view.hasArrived() ? "Stopped. What had arrived is shown, and was checked." : "Stopped."),
    el("button", { type: "button", onclick: () => ask(place) }, "Ask again"));
}

/** The permalink names the answer that was given, so that it can say later if it has changed. */
function rememberId(place, id) {
  byId("nav-ask").href = askFragment(place, id);
  const here = readPlace(location.hash);
  if (here.view !== "ask" || !isShown(here)) return; // one may have gone elsewhere meanwhile
  history.replaceState(history.state, "", askFragment(place, id));
}

/** Back to an empty page. */
export function clear() {
  stop();
  shown.fragment = "";
  byId("nav-ask").href = "#";
  setTrail([]);
  byId("result").replaceChildren();
  document.documentElement.classList.remove("asked");
  fillQuestion(readPlace(""));
  focusQuestion();
}
