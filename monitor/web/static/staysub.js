// What the pages gain where scripts run: the reader's own time zone, buttons that copy. All reading works without.
"use strict";

const minute = 60;
const units = [["day", 86400], ["hour", 3600], ["minute", minute], ["second", 1]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const moment = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });

function since(at) {
  const seconds = Math.round((at - Date.now()) / 1000);
  if (Math.abs(seconds) < 5) return "just now";
  const [unit, size] = units.find(([name, size]) => Math.abs(seconds) >= size * (name === "day" ? 2 : 1)) ?? units.at(-1);
  return relative.format(Math.trunc(seconds / size), unit);
}

function localise(root) {
  for (const time of root.querySelectorAll("time[data-as]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    if (time.dataset.as === "ago") {
      time.textContent = since(at);
      time.title = moment.format(at);
    } else {
      time.textContent = (time.dataset.as === "day" ? day : moment).format(at);
      time.title = at.toISOString().replace("T", " ").replace(/\.\d+Z/, " UTC");
    }
  }
}

const hour = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

function localiseAxes(root) {
  for (const tick of root.querySelectorAll("text[data-at]")) {
    tick.textContent = (tick.dataset.as === "hour" ? hour : date).format(new Date(tick.dataset.at));
  }
}

function offerCopying(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("button.copy[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button.copy[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select it by hand";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
});

function dress(root) {
  localise(root);
  localiseAxes(root);
  offerCopying(root);
}

// Live updates: the server says that the page would look different; it is fetched again, and the parts that are marked
// with data-live and differ are exchanged. What is open stays open, and the focus stays where it is.
const shown = new Map();

function essence(element) {
  const copy = element.cloneNode(true);
  for (const time of copy.querySelectorAll("time")) time.replaceChildren(time.dateTime);
  for (const input of copy.querySelectorAll("input[name=csrf]")) input.remove();
  return copy.innerHTML;
}

function remember(root) {
  for (const part of root.querySelectorAll("[data-live]")) {
    shown.set(part.dataset.live, essence(part));
    for (const row of part.querySelectorAll("[data-key]")) shown.set(row.dataset.key, essence(row));
  }
}

function exchange(fresh) {
  for (const part of fresh.querySelectorAll("[data-live]")) {
    const old = document.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
    if (!old || shown.get(part.dataset.live) === essence(part)) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    if (focused?.matches("input:not([type=hidden]), textarea, select")) continue; // somebody is writing here
    const opened = [...old.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
    const changed = [...part.querySelectorAll("[data-key]")].filter((row) => shown.get(row.dataset.key) !== essence(row));
    const next = document.importNode(part, true);
    for (const summary of next.querySelectorAll("details > summary")) {
      if (opened.includes(summary.textContent)) summary.parentElement.open = true;
    }
    for (const row of changed) next.querySelector(`[data-key="${CSS.escape(row.dataset.key)}"]`)?.classList.add("fresh");
    old.replaceWith(next);
    dress(next);
    if (focused) {
      const again = focused.id ? document.getElementById(focused.id)
        : [...next.querySelectorAll(focused.tagName)].find((one) => one.getAttribute("href") === focused.getAttribute("href"));
      again?.focus({ preventScroll: true });
    }
  }
  remember(fresh);
  const title = fresh.querySelector("title")?.textContent;
  if (title && title !== document.title) {
    document.title = title;
    document.querySelector("[data-said]")?.replaceChildren(title);
  }
}

// Links that choose another view of this page: only the parts that differ are exchanged, and the reader stays where they are.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-swap]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.replaceState(null, "", link.href);
  while (fetching) await fetching;
  await refresh();
});

let fetching = null;
function refresh() {
  if (document.hidden) return null;
  fetching ??= fetched().finally(() => { fetching = null; });
  return fetching;
}

async function fetched() {
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" });
    if (answer.ok) exchange(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch { /* the next event tries again */ }
}

function follow() {
  const address = document.body.dataset.events;
  if (!address || !("EventSource" in window)) return;
  const events = new EventSource(address);
  events.addEventListener("changed", refresh);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  addEventListener("pagehide", () => events.close());
}

// A message dropped on the text is read into it; it goes nowhere before "Explain" is pressed.
const drop = document.querySelector("textarea[data-drop]");
drop?.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
drop?.addEventListener("dragleave", () => drop.classList.remove("over"));
drop?.addEventListener("drop", async (event) => {
  drop.classList.remove("over");
  const file = event.dataTransfer.files[0];
  if (!file) return;
  event.preventDefault();
  drop.value = await file.slice(0, 1 << 20).text();
});

remember(document);
dress(document);
follow();
for (const note of document.querySelectorAll("[data-zone]")) {
  note.textContent = `Times are in your zone, ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`;
}
setInterval(() => localise(document), 30000);
