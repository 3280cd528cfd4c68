// What went wrong, in plain words, and what to do about it.
import { announce, el } from "./dom.js";
import { askKey, hasKey } from "./key.js";

const BY_KIND = {
  away: ["The service cannot be reached", "Check your connection, then try again; nothing was lost."],
  slow: ["The service did not answer in time", "It may be busy. Try again, or ask for less at once."],
  cut: ["The answer broke off", "What is shown was checked, but more was to come. Try again."],
};

const BY_STATUS = {
  400: "The request was not understood",
  401: "A key is needed",
  403: "This key does not allow that",
  404: "That is not here",
  413: "That is too large",
  415: "That kind of file is not read here",
  422: "The request was not accepted",
  429: "Too many requests",
  500: "The service failed",
  503: "The service is busy or starting",
  504: "The answer took too long",
};

const ADVICE = {
  401: "Ask whoever runs this service for a key, then try again.",
  403: "Ask whoever runs this service for a key with that right.",
  404: "It may have been removed since.",
  429: "Wait a little, then try again.",
  500: "Try again; if it happens again, tell whoever runs this service.",
  503: "Try again in a few seconds.",
  504: "Try again, with fewer statements (filters) or a shorter question.",
};

/** A Problem -> [what happened, what to do]. */
export function explain(problem) {
  if (problem.kind) return BY_KIND[problem.kind];
  const what = BY_STATUS[problem.status] ?? (problem.title || "Something went wrong");
  const wait = problem.retryAfter && `Try again in ${problem.retryAfter} seconds.`;
  const advice = wait || ADVICE[problem.status] || "Change it and try again.";
  return [what, advice];
}

/** A panel that says so; `retry` puts a button into it, except where the same would be refused again. */
export function troublePanel(problem, retry) {
  const [what, advice] = explain(problem);
  const { status, detail, errors = [] } = problem;
  const withKey = async () => await askKey(status) && retry();
  const again = () => (status === 401 && !hasKey() ? withKey() : retry());
  announce(`${what}. ${advice}`);
  return el("div", { class: "trouble" },
    el("p", {}, el("strong", {}, `${what}.`), " ", advice),
    detail && status !== 401 && el("p", { class: "small" }, detail), // of a 401 it is for programs
    !detail && errors.length > 0 && el("ul", { class: "small" },
      errors.map((error) => el("li", {}, [error.where, error.message].filter(Boolean).join(": ")))),
    retry && status !== 422 && el("button", { type: "button", onclick: again }, "Try again"),
    retry && status === 403 && hasKey() && " ",
    retry && status === 403 && hasKey() && el("button", { type: "button", onclick: withKey }, "Use another key"));
}
