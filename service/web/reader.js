// The reading pane: a statement beside what quotes it, scrolled to the quoted words.
import { call, isAbort } from "./api.js";
import { announce, byId, el, linkOut } from "./dom.js";
import { spotFragment } from "./place.js";
import { findWords, paragraphsOf, wordsAt } from "./text.js";
import { troublePanel } from "./trouble.js";
import { capacity, titled, who, writtenDate } from "./words.js";

const NARROW = matchMedia("(max-width: 999px)"); // as in reader.css: there the pane covers the page

const state = {
  trail: [], // spots to step through: the citations of the answer, or the passages found
  spot: null, // what is open
  opener: null, // what to give the focus back to
  loading: null,
  onShow: () => {}, // (spot or null, isNew) when the pane opens, moves or closes
};

export const setTrail = (spots) => { state.trail = spots; };
export const isOpen = () => state.spot !== null;
export const openSpot = () => state.spot;

const sameSpot = (a, b) => a && b && spotFragment(a) === spotFragment(b);
const placeInTrail = () => state.trail.findIndex((spot) => sameSpot(spot, state.spot));

/** A link to a place in a statement: a click opens the pane, a new tab or a copy of the address works too. */
export function spotLink(spot, attributes, ...children) {
  const onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(spot, event.currentTarget);
  };
  return el("a", { ...attributes, href: spotFragment(spot), "data-spot": spotFragment(spot), onclick }, ...children);
}

/** Opens a statement; with start and end, at these words. */
export async function open(spot, opener = null) {
  const wasOpen = isOpen();
  // Stepping with the keys from the answer must not lose one's place there.
  const takesFocus = !wasOpen || byId("reader").contains(document.activeElement);
  state.spot = spot;
  state.opener = opener ?? state.opener;
  state.loading?.abort();
  state.loading = new AbortController();
  byId("reader").hidden = false;
  document.body.classList.add("reading");
  setCovered(NARROW.matches);
  showSteps();
  state.onShow(spot, !wasOpen);
  try {
    show(await load(spot, state.loading.signal), spot);
  } catch (error) {
    if (isAbort(error)) return;
    showFailure(error, spot);
  }
  if (takesFocus) byId("reader-title").focus({ preventScroll: true });
}

/** What is under the pane on a narrow screen cannot be reached by keys either. */
function setCovered(isCovered) {
  for (const part of document.querySelectorAll(".bar, #main, .foot")) part.inert = isCovered;
}

export function close() {
  if (!isOpen()) return;
  state.loading?.abort();
  const { spot, opener } = state;
  Object.assign(state, { spot: null, opener: null });
  byId("reader").hidden = true;
  document.body.classList.remove("reading");
  setCovered(false);
  state.onShow(null, false);
  const last = document.querySelector(`#main .mark[data-spot="${CSS.escape(spotFragment(spot))}"]`);
  (last ?? (opener?.isConnected ? opener : byId("question"))).focus();
}

/** Opens the next (1) or previous (-1) citation. */
export function step(by) {
  if (!state.trail.length) return;
  const place = placeInTrail();
  const last = state.trail.length - 1;
  const first = by > 0 ? 0 : last;
  const next = isOpen() ? Math.max(0, Math.min(last, place + by)) : first;
  if (next === place) return;
  open(state.trail[next], state.opener ?? document.activeElement);
}

const load = ({ statement_id: id, version }, signal) =>
  call(`v1/statements/${encodeURIComponent(id)}/text${version ? `?${new URLSearchParams({ version })}` : ""}`, { signal });

function show(statement, spot) {
  byId("reader-title").textContent = titled(statement);
  byId("reader-about").replaceChildren(...about(statement));
  const own = { ...spot, version: statement.version };
  const isBeside = (other) => other.statement_id === spot.statement_id && other.version === statement.version;
  const { elements, isFound } = paragraphsOf(statement, own, state.trail.filter(isBeside));
  showVersion(statement, spot, isFound);
  byId("reader-text").replaceChildren(...elements);
  showSteps();
  scrollToWords();
  announce(`${titled(statement)}, ${byId("reader-place").textContent}`);
}

function about(statement) {
  const parts = [who(statement), capacity(statement), writtenDate(statement.date), statement.kind].filter(Boolean);
  return [parts.join(" · "), ...[linkOut(statement.url, "Source")].filter(Boolean).flatMap((link) => [" · ", link])];
}

/** Says when this is not the current text, or the words are not in it. */
function showVersion(statement, spot, isFound) {
  const notice = byId("reader-version");
  const parts = [];
  if (!statement.is_current) {
    const current = () => openCurrent(statement, spot);
    parts.push("This is the text as it was cited; the statement has been changed since. ",
      el("button", { type: "button", class: "action", onclick: current }, "Read the current text"));
  } else if (spot.wanted) {
    parts.push(isFound ? "This is the current text; it still says the words that were cited."
      : "This is the current text; it no longer says the words that were cited.");
  } else if (spot.start != null && !isFound) {
    parts.push("The place that this link names is not in the text.");
  }
  notice.hidden = parts.length === 0;
  notice.replaceChildren(...parts);
}

/** Opens the current version at the words that an earlier one was cited for, if it still says them. */
async function openCurrent(old, spot) {
  try {
    const statement = await load({ statement_id: old.statement_id });
    const place = findWords(statement.text, wordsAt(old, spot));
    open({ statement_id: old.statement_id, version: statement.version, wanted: true, ...place });
  } catch (error) {
    showFailure(error, spot);
  }
}

function showFailure(problem, spot) {
  const isGone = problem.status === 404;
  byId("reader-title").textContent = isGone ? "No longer here" : "Not shown";
  byId("reader-about").textContent = spot.statement_id;
  byId("reader-version").hidden = true;
  const gone = "This statement was removed, or never had the version that was cited. It cannot be cited any more.";
  const panel = isGone ? el("p", { class: "notice" }, gone) : troublePanel(problem, () => open(spot));
  byId("reader-text").replaceChildren(panel);
}

function showSteps() {
  const place = placeInTrail();
  const inTrail = place >= 0;
  const numbers = [...document.querySelectorAll(".paragraph.cited .number")].map((number) => number.textContent);
  const where = numbers.length ? `paragraph ${[...new Set([numbers[0], numbers.at(-1)])].join("–")}` : "";
  const step = inTrail && state.trail.length > 1 ? `${place + 1} of ${state.trail.length}` : "";
  byId("reader-place").textContent = [step, where].filter(Boolean).join(", ");
  for (const [id, isEnd] of [["reader-back", place <= 0], ["reader-next", place >= state.trail.length - 1]]) {
    byId(id).hidden = !inTrail || state.trail.length < 2;
    byId(id).setAttribute("aria-disabled", isEnd); // still focusable: the focus must not be lost at the last one
  }
}

/** A third from the top: what precedes the words is seen, too. */
function scrollToWords() {
  const pane = byId("reader-text");
  const words = pane.querySelector("mark.here") ?? pane.querySelector(".cited");
  const top = words ? words.getBoundingClientRect().top - pane.getBoundingClientRect().top : -Infinity;
  pane.scrollTop = words ? pane.scrollTop + top - pane.clientHeight / 3 : 0;
}

/** `onShow` hears what is open; `onClose` is asked to close, since the address may have to change too. */
export function wireReader({ onShow, onClose }) {
  state.onShow = onShow;
  byId("reader-close").addEventListener("click", onClose);
  byId("reader-back").addEventListener("click", () => step(-1));
  byId("reader-next").addEventListener("click", () => step(1));
  NARROW.addEventListener("change", () => setCovered(NARROW.matches && isOpen()));
}
