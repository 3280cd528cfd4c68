// The key, where the service asks for one: kept for this tab only.
import { byId } from "./dom.js";

const NAME = "communique.key";

export const keyHeader = () => {
  const key = sessionStorage.getItem(NAME);
  return key ? { Authorization: `Bearer ${key}` } : {};
};

export const hasKey = () => sessionStorage.getItem(NAME) !== null;

const state = { asking: null, onKey: () => {} };

/** Asks the reader for a key; whether one was given. Calls made meanwhile share the question. */
export function askKey(why) {
  state.asking ??= ask(why).finally(() => { state.asking = null; });
  return state.asking;
}

function ask(why) {
  const dialog = byId("key");
  const field = byId("key-value");
  byId("key-why").textContent = hasKey() ? `The key given before was not accepted: ${why}.`
    : "The service answers this only with a key.";
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
      resolve(given);
      if (given) state.onKey();
    }, { once: true });
  });
}

/** `onKey` hears of a new key. Enter in the field uses it: the first button of a form would cancel. */
export function wireKey(onKey) {
  state.onKey = onKey;
  byId("key-value").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    byId("key").close("use");
  });
}
