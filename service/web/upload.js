// Adding statements: files go up, a job reads them, and each says what became of it.
import { call } from "./api.js";
import { loadCorpus, theCorpus } from "./corpus.js";
import { announce, byId, el } from "./dom.js";
import { spotLink } from "./reader.js";
import { troublePanel } from "./trouble.js";
import { count } from "./words.js";

const WAIT_UPLOAD = 600_000; // ms: a slow line and many files
const SHOWN = 20; // outcomes beyond these are folded away; failures never are

const JOBS = "communique.jobs"; // in the tab's storage: a reload must not lose sight of what is being read

const unfinished = () => JSON.parse(sessionStorage.getItem(JOBS) ?? "[]");

function remember(id, isUnfinished) {
  const ids = unfinished().filter((other) => other !== id);
  if (isUnfinished) ids.push(id);
  if (ids.length) sessionStorage.setItem(JOBS, JSON.stringify(ids));
  else sessionStorage.removeItem(JOBS);
}

const suffixOf = (name) => (/\.[^.]+$/.exec(name)?.[0] ?? "").toLowerCase();

/** Says what is accepted, once the service has said it. */
export function showLimits() {
  const { suffixes, limits } = theCorpus();
  if (!suffixes.length) return;
  byId("files").accept = suffixes.join(",");
  const kinds = suffixes.map((suffix) => suffix.slice(1)).join(", ");
  const most = `up to ${limits.upload_files} files at once, ${megabytes(limits.upload_bytes)} together`;
  byId("upload-help").textContent = `${kinds}; ${most}.`;
}

const megabytes = (bytes) => `${(bytes / 2 ** 20).toLocaleString("en", { maximumFractionDigits: 1 })} MB`;

/** Files that would be refused are told at once, and do not keep the others from going up. */
function sift(files) {
  const { suffixes, limits } = theCorpus();
  const refused = [];
  let bytes = 0;
  const refusal = (file, place) => {
    if (suffixes.length && !suffixes.includes(suffixOf(file.name)))
      return `this kind of file is not read; accepted are ${suffixes.join(", ")}`;
    if (bytes + file.size > limits.upload_bytes)
      return `more than ${megabytes(limits.upload_bytes)} at once; add it by itself, or a smaller one`;
    if (place >= limits.upload_files) return `more than ${limits.upload_files} files at once; add it with the next ones`;
    return "";
  };
  const accepted = files.filter((file, place) => {
    const error = refusal(file, place);
    if (error) refused.push({ status: "failed", source: file.name, error });
    else bytes += file.size;
    return !error;
  });
  return { accepted, refused };
}

async function upload(files, onDone) {
  const { accepted, refused } = sift(files);
  const view = batchView(`Sending ${count(files.length, "file")}…`);
  byId("uploads").prepend(view.element);
  view.outcomes(refused);
  if (!accepted.length) return view.done(refused);
  const body = new FormData();
  accepted.forEach((file) => body.append("files", file));
  try {
    const job = await call("v1/statements", { method: "POST", body, wait: WAIT_UPLOAD });
    await follow(job, view, refused);
  } catch (error) {
    view.failed(error, () => {
      view.element.remove();
      upload(files, onDone);
    });
  }
  onDone();
}

/** Goes on following a job that was begun before the page was loaded. */
async function resume(id, onDone) {
  const view = batchView("");
  byId("uploads").prepend(view.element);
  await follow({ id, status: "queued", progress: 0, outcomes: [] }, view, []);
  onDone();
}

/** Shows a job until it is over; when the service cannot be reached it can be looked for again. */
async function follow(job, view, refused) {
  for (let wait = 200; ; wait = Math.min(2000, wait * 1.3)) {
    const outcomes = [...refused, ...job.outcomes];
    view.outcomes(outcomes);
    view.progress(job);
    remember(job.id, job.status !== "failed" && job.status !== "done");
    if (job.status === "failed") return view.failed({ title: "The files could not be read", detail: job.error ?? "" });
    if (job.status === "done") return view.done(outcomes);
    await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      job = await call(`v1/jobs/${encodeURIComponent(job.id)}`);
    } catch (error) {
      if (error.status === 404) remember(job.id, false);
      return view.failed(error, () => follow(job, view, refused));
    }
  }
}

/** What is shown of one upload. */
function batchView(text) {
  const bar = el("progress", { max: 1, "aria-label": "Progress of the upload" });
  const state = el("p", {}, text);
  const list = el("div", {});
  const element = el("section", { class: "batch", "aria-label": "Upload" }, el("div", { class: "batch-head" }, state, bar), list);
  return {
    element,
    outcomes: (outcomes) => list.replaceChildren(...outcomeLists(outcomes)),
    progress: ({ status, progress }) => {
      if (status === "running") bar.value = progress;
      const share = Math.round(100 * progress);
      state.textContent = status === "queued" ? "Waiting to be read…" : `Reading and indexing, ${share} %…`;
    },
    done: (outcomes) => {
      bar.hidden = true;
      state.textContent = tally(outcomes);
      announce(`Upload finished: ${state.textContent}`, true);
    },
    failed: (problem, retry) => {
      bar.hidden = true;
      state.replaceChildren(troublePanel(problem, retry));
    },
  };
}

/** "2 added, 1 failed" */
function tally(outcomes) {
  const numbers = ["added", "updated", "unchanged", "failed"]
    .map((status) => [outcomes.filter((outcome) => outcome.status === status).length, status]);
  return numbers.filter(([number]) => number > 0).map((pair) => pair.join(" ")).join(", ") || "Nothing to read in these files";
}

function outcomeLists(outcomes) {
  const failed = outcomes.filter(({ status }) => status === "failed");
  const fine = outcomes.filter(({ status }) => status !== "failed");
  const list = (items) => el("ul", { class: "outcomes" }, items.map(outcome));
  const folded = fine.length > SHOWN && el("details", {},
    el("summary", {}, `${fine.length - SHOWN} more`), list(fine.slice(SHOWN)));
  return [failed.length > 0 && list(failed), fine.length > 0 && list(fine.slice(0, SHOWN)), folded].filter(Boolean);
}

function outcome({ status, source, statement_id: id, passages, error }) {
  const detail = status === "failed" ? error : passages ? count(passages, "passage") : "";
  return el("li", { class: status },
    el("span", { class: "status" }, status),
    el("span", {}, id && status !== "failed" ? spotLink({ statement_id: id }, {}, source || id) : source,
      detail && el("span", { class: "small" }, detail)));
}

/** `onDone` hears that the list may have changed. */
export function wireUpload(onDone) {
  const done = () => {
    onDone();
    loadCorpus().catch(() => {});
  };
  unfinished().forEach((id) => resume(id, done));
  const area = byId("statements");
  const input = byId("files");
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = ""; // so that the same file can be chosen again
    if (files.length) upload(files, done);
  });
  area.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    byId("upload").classList.add("over");
  });
  area.addEventListener("dragleave", () => byId("upload").classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    byId("upload").classList.remove("over");
    if (event.dataTransfer.files.length) upload([...event.dataTransfer.files], done);
  });
}
