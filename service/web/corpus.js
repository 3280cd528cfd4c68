// What the service holds, as it says itself: for examples, suggestions and limits.
import { call } from "./api.js";
import { byId, el } from "./dom.js";

let corpus = { statements: 0, issuers: [], examples: [], generators: [], limits: {}, suffixes: [], access: {} };

export const theCorpus = () => corpus;

/** Asks the service anew, and brings the suggestions up to it. */
export async function loadCorpus() {
  corpus = await call("v1/corpus");
  byId("issuers").replaceChildren(...corpus.issuers.map(({ issuer }) => el("option", { value: issuer })));
  return corpus;
}

/** What a reader typed -> the issuer as it is called here, else as typed: the service knows further names ("UK"). */
export function matchIssuer(typed) {
  const wanted = typed.trim();
  const names = corpus.issuers.map(({ issuer }) => issuer);
  return names.find((name) => name.toLowerCase() === wanted.toLowerCase()) ?? wanted;
}

/** "" if a filter's date is one or is empty; else what is accepted. */
export function dateTrouble(name, value) {
  const isDate = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/.test(value);
  if (value === "" || isDate) return "";
  return `${name}: “${value}” is not a date as accepted here; write 2024, 2024-05 or 2024-05-17.`;
}
