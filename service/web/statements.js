// The list of statements: finding, paging, opening, removing.
import { Problem, call, isAbort } from "./api.js";
import { dateTrouble, loadCorpus, matchIssuer } from "./corpus.js";
import { action, announce, byId, el, settled } from "./dom.js";
import { close, openSpot, spotLink } from "./reader.js";
import { troublePanel } from "./trouble.js";
import { count, listed, titled, writtenDate } from "./words.js";

const LIMIT = 50;
const page = { offset: 0, loading: null };

/** Loads and shows the page of the list that the fields ask for. */
export async function showList() {
  page.loading?.abort();
  page.loading = new AbortController();
  try {
    const query = readQuery();
    render(await call(`v1/statements?${query}`, { signal: page.loading.signal }));
  } catch (error) {
    if (!isAbort(error)) byId("list").replaceChildren(refusal(error));
  }
}

/** What keeps the list from being shown: a field, or the service. */
const refusal = (error) =>
  error instanceof Problem ? troublePanel(error, showList) : el("p", { class: "field-trouble" }, error.message);

function readQuery() {
  const [from, to] = [byId("list-from").value.trim(), byId("list-to").value.trim()];
  const trouble = dateTrouble("From", from) || dateTrouble("To", to);
  if (trouble) throw new Error(trouble);
  const issuer = matchIssuer(byId("list-issuer").value);
  const fields = { q: byId("list-q").value.trim(), issuer, date_from: from, date_to: to };
  const query = new URLSearchParams(Object.entries(fields).filter(([, value]) => value));
  query.set("offset", page.offset);
  query.set("limit", LIMIT);
  return query;
}

function render({ total, offset, statements }) {
  const range = total ? `${(offset + 1).toLocaleString("en")}–${(offset + statements.length).toLocaleString("en")} of ` : "";
  const told = `${range}${count(total, "statement")}`;
  const turn = (label, by, isEnd) =>
    el("button", { type: "button", disabled: isEnd, onclick: () => turnPage(by) }, label);
  const isLast = offset + statements.length >= total;
  const none = "No statement matches. Change what you look for, or add files above.";
  byId("list").replaceChildren(
    el("p", { class: "facts" }, el("span", {}, told)),
    total ? table(statements) : el("p", { class: "notice" }, none),
    total > LIMIT && el("nav", { class: "pager", "aria-label": "Pages of the list" },
      turn("Previous", -LIMIT, offset === 0), el("span", { class: "small" }, told), turn("Next", LIMIT, isLast)) || "");
  announce(told, true);
}

function table(statements) {
  const heads = ["Date", "Statement", "Issuer"].map((name) => el("th", { scope: "col" }, name));
  const last = el("th", { scope: "col" }, el("span", { class: "visually-hidden" }, "Remove"));
  return el("table", {}, el("thead", {}, el("tr", {}, heads, last)), el("tbody", {}, statements.map(row)));
}

function row(statement) {
  const said = statement.speakers.map((speaker) => speaker.name).join(", ");
  const link = spotLink({ statement_id: statement.id, version: statement.version }, {}, titled(statement));
  const date = statement.date && el("time", { datetime: statement.date }, writtenDate(statement.date));
  const small = (text) => text && el("span", { class: "small" }, text);
  const button = action("Remove", "Remove this statement", () => remove(statement));
  button.setAttribute("aria-label", `Remove ${titled(statement)}`);
  return el("tr", {},
    el("td", { class: "date" }, date),
    el("td", { class: "name" }, link, small([statement.kind, statement.id].filter(Boolean).join(" · "))),
    el("td", {}, listed(statement.issuers), small(said)),
    el("td", { class: "last" }, button));
}

function turnPage(by) {
  page.offset = Math.max(0, page.offset + by);
  byId("list-form").scrollIntoView();
  showList();
}

async function remove(statement) {
  if (!await confirmed(statement)) return;
  try {
    await call(`v1/statements/${encodeURIComponent(statement.id)}`, { method: "DELETE" });
  } catch (error) {
    byId("list").querySelector(".trouble")?.remove();
    byId("list").prepend(troublePanel(error, () => remove(statement)));
    return;
  }
  if (openSpot()?.statement_id === statement.id) close();
  await showList();
  announce(`Removed: ${titled(statement)}`);
  byId("list-q").focus(); // the button that had the focus is gone with its row
  loadCorpus().catch(() => {});
}

function confirmed(statement) {
  const dialog = byId("remove");
  const date = writtenDate(statement.date);
  byId("remove-name").textContent = titled(statement) + (date && !titled(statement).includes(date) ? `, ${date}` : "");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "remove"), { once: true });
  });
}

export function wireStatements() {
  const again = () => {
    page.offset = 0;
    showList();
  };
  byId("list-form").addEventListener("submit", (event) => {
    event.preventDefault();
    again();
  });
  byId("list-form").addEventListener("input", settled(again));
}
