// Making elements. Text goes in as text nodes only: a statement's "<script>" is shown, never run.

/** An element: el("a", {href: "#", class: "mark", onclick: f}, "text", otherElement, null). */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false && child !== ""));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** A quiet button in a row of actions. */
export const action = (label, title, onclick) =>
  el("button", { type: "button", class: "action", title, onclick }, label);

/** A link out, or plain text: metadata may hold "javascript:" and other addresses that must not be followed. */
export function linkOut(url, label) {
  return isWebAddress(url) ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label) : null;
}

export function isWebAddress(url) {
  try {
    return ["http:", "https:"].includes(new URL(url).protocol);
  } catch {
    return false;
  }
}

/** Says something to screen readers; `fresh` forgets what was said before. */
export function announce(text, fresh = false) {
  const live = byId("live");
  if (fresh) live.replaceChildren();
  live.append(el("p", {}, text));
}

/** text -> (start, end) -> part of it. The API counts code points, JavaScript counts halves of some of them. */
export function slicer(text) {
  if (!/[\ud800-\udfff]/.test(text)) return (start, end) => text.slice(start, end);
  const points = Array.from(text);
  return (start, end) => points.slice(start, end).join("");
}

/** Calls `run` once the caller has been silent for `wait` ms. */
export function settled(run, wait = 250) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, wait);
  };
}
