// The key, where the service asks for one: kept for this tab only.
import { byId } from "./dom.js";

const NAME = "communique.key";

export const keyHeader = () => {
  const key = sessionStorage.getItem(NAME);
  return key ? { Authorization: `Bearer ${key}` } : {};
};

export const hasKey = () => sessionStorage.getItem(NAME) !== null;

const state = { asking: null, onKey: () => {} };

/** A way to the key, where one is needed for something or there is one. */
export const showKeyButton = (isNeeded) => { byId("key-change").hidden = !isNeeded && !hasKey(); };

/**
 * Asks the reader for a key, after a refusal with 401 or 403, or with 0 to enter or change it; whether one was given.
 * Calls made meanwhile share the question.
 */
export function askKey(status) {
  state.asking ??= ask(status).finally(() => { state.asking = null; });
  return state.asking;
}

/** Why a key is asked for. */
function reason(status) {
  if (status === 403) return "The key given before does not allow that.";
  if (status === 401) return hasKey() ? "The key given before was not accepted." : "The service answers this only with a key.";
  return hasKey() ? "A key is in use; another takes its place." : "The service does some things only with a key.";
}

function ask(status) {
  const dialog = byId("key");
  const field = byId("key-value");
  byId("key-title").textContent = status ? "A key is needed" : "Key";
  byId("key-why").textContent = reason(status);
  if (status) showKeyButton(true);
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  field.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const key = field.value.trim();
      field.value = "";
      const given = dialog.returnValue === "use" && key !== "";
      if (given) sessionStorage.setItem(NAME, key);
      else if (status === 401) sessionStorage.removeItem(NAME); // it was refused, and would be each time
      resolve(given);
      if (given) state.onKey();
    }, { once: true });
  });
}

/** `onKey` hears of a new key. Enter in the field uses it: the first button of a form would cancel. */
export function wireKey(onKey) {
  state.onKey = onKey;
  showKeyButton(false);
  byId("key-change").addEventListener("click", () => askKey(0));
  byId("key-value").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    byId("key").close("use");
  });
}
