// What the pages gain where scripts run: the reader's own time zone, buttons that copy. All reading works without.
"use strict";

const minute = 60;
const units = [["day", 86400], ["hour", 3600], ["minute", minute], ["second", 1]];
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const words = JSON.parse(document.body.dataset.words); // of ours, in the page's language
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const hour = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const thisYear = new Intl.DateTimeFormat(language, { day: "numeric", month: "long" });
const anyYear = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" });
const day = { format: (at) => (at.getFullYear() === new Date().getFullYear() ? thisYear : anyYear).format(at) };
const weekday = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "long" });
const moment = { format: (at) => `${day.format(at)}${language === "ja" ? " " : ", "}${hour.format(at)}` };

function since(at) {
  const seconds = Math.round((at - Date.now()) / 1000);
  if (Math.abs(seconds) < 5) return words.now;
  const [unit, size] = units.find(([name, size]) => Math.abs(seconds) >= size * (name === "day" ? 2 : 1)) ?? units.at(-1);
  return relative.format(Math.trunc(seconds / size), unit);
}

const due = (at) => (at - Date.now() < 5000 ? words.due : since(at));

function localise(root) {
  for (const time of root.querySelectorAll("time[data-as]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    if (time.dataset.as === "ago" || time.dataset.as === "due") {
      time.textContent = (time.dataset.as === "due" ? due : since)(at);
      time.title = moment.format(at);
    } else {
      time.textContent = ({ day, weekday, clock: hour }[time.dataset.as] ?? moment).format(at);
      time.title = at.toISOString().replace("T", " ").replace(/\.\d+Z/, " UTC");
    }
  }
}

const date = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" }); // of an axis, where little room is

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
    button.textContent = words.copied;
  } catch {
    button.textContent = words.byHand;
  }
  setTimeout(() => { button.textContent = words.copy; }, 2000);
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
  const found = root.dataset?.live ? [root] : root.querySelectorAll("[data-live]");
  for (const part of found) {
    shown.set(part.dataset.live, essence(part));
    for (const row of part.querySelectorAll("[data-key]")) shown.set(row.dataset.key, essence(row));
  }
}

// What a fold is called while its page lives: those of a table's rows stand in no name of their own.
function foldKey(fold) {
  return fold.dataset.fold ?? `${fold.closest("[data-key], tr")?.textContent.slice(0, 80) ?? ""} ${fold.querySelector("summary")?.textContent}`;
}

function replaced(old, part, swapped) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  if (focused?.matches("input:not([type=hidden]), textarea, select")) return false; // somebody is writing here
  const folds = new Map([...old.querySelectorAll("details")].map((fold) => [foldKey(fold), fold.open]));
  const changed = [...part.querySelectorAll("[data-key]")].filter((row) => shown.get(row.dataset.key) !== essence(row));
  const next = document.importNode(part, true);
  for (const fold of next.querySelectorAll("details")) {
    const was = folds.get(foldKey(fold));
    if (was !== undefined) fold.open = was || (swapped && fold.open); // as its reader left it; a choice may open more
  }
  for (const row of changed) next.querySelector(`[data-key="${CSS.escape(row.dataset.key)}"]`)?.classList.add("fresh");
  old.replaceWith(next);
  dress(next);
  if (!focused) return true;
  const again = focused.id ? document.getElementById(focused.id)
    : focused.tagName === "SUMMARY" ? [...next.querySelectorAll("summary")].find((one) => foldKey(one.parentElement) === foldKey(focused.parentElement))
    : [...next.querySelectorAll(focused.tagName)].find((one) => one.getAttribute("href") === focused.getAttribute("href"));
  again?.focus({ preventScroll: true });
  return true;
}

const parts = (root) => [...root.querySelectorAll("[data-live]")].map((part) => part.dataset.live).join(" ");

function exchange(fresh, swapped) {
  if (parts(fresh) !== parts(document)) { // something is there that was not: the first check, an incident
    if (!replaced(document.querySelector("main"), fresh.querySelector("main"), swapped)) return;
    remember(fresh);
  } else {
    for (const part of fresh.querySelectorAll("[data-live]")) {
      const old = document.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
      if (shown.get(part.dataset.live) === essence(part) || replaced(old, part, swapped)) remember(part);
    }
  }
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
  await refresh(true);
});

// A link to something within a fold opens it. Browsers do so by themselves where they know how; older ones do not.
function unfold() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", unfold);

let fetching = null;
function refresh(swapped = false) {
  if (document.hidden) return null;
  fetching ??= fetched(swapped).finally(() => { fetching = null; });
  return fetching;
}

async function fetched(swapped) {
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" });
    if (answer.ok) exchange(new DOMParser().parseFromString(await answer.text(), "text/html"), swapped);
  } catch { /* the next event tries again */ }
}

function follow() {
  const address = document.body.dataset.events;
  if (!address || !("EventSource" in window)) return;
  const events = new EventSource(address);
  events.addEventListener("changed", () => refresh());
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
unfold();
follow();
for (const note of document.querySelectorAll("[data-zone]")) {
  note.textContent = words.zone.replace("{zone}", Intl.DateTimeFormat().resolvedOptions().timeZone);
}
setInterval(() => localise(document), 30000);
