// The address of what is shown. It is in the fragment: what people ask never reaches a server's logs.

export const NO_FILTERS = { issuers: [], statements: [], date_from: "", date_to: "" };

const FILTERS = [["issuer", "issuers"], ["statement", "statements"]];

/** A fragment -> {view: "ask", question, mode, generator, filters, id} | {view: "read", spot} | {view: "statements"}. */
export function readPlace(fragment) {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  if (fields.get("view") === "statements") return { view: "statements" };
  if (fields.get("s")) return { view: "read", spot: readSpot(fields) };
  const filters = { date_from: fields.get("from") ?? "", date_to: fields.get("to") ?? "" };
  for (const [name, field] of FILTERS) filters[field] = fields.getAll(name);
  return {
    view: "ask",
    question: fields.get("q") ?? "",
    mode: fields.get("mode") === "passages" ? "passages" : "answer",
    generator: fields.get("generator") ?? "",
    filters,
    id: fields.get("id") ?? "",
  };
}

function readSpot(fields) {
  const number = (name) => (/^\d+$/.test(fields.get(name) ?? "") ? Number(fields.get(name)) : null);
  return { statement_id: fields.get("s"), version: fields.get("v") ?? "", start: number("start"), end: number("end") };
}

/** The fragment of a question; without the id of its answer, what tells one question from another. */
export function askFragment({ question, mode, generator, filters }, id = "") {
  const fields = new URLSearchParams({ q: question });
  for (const [name, field] of FILTERS) filters[field].forEach((value) => fields.append(name, value));
  const rest = { from: filters.date_from, to: filters.date_to, mode: mode === "passages" ? mode : "", generator, id };
  for (const [name, value] of Object.entries(rest)) if (value) fields.set(name, value);
  return `#${fields}`;
}

/** The fragment of a quote: a statement, its version, and where in it. */
export function spotFragment({ statement_id: id, version, start, end }) {
  const fields = new URLSearchParams({ s: id });
  if (version) fields.set("v", version);
  if (start != null) fields.set("start", start);
  if (end != null) fields.set("end", end);
  return `#${fields}`;
}

/** A fragment as an address that can be sent to others. */
export const permalink = (fragment) => location.href.split("#")[0] + fragment;
