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

function say(root) {
  localise(root);
  localiseAxes(root);
  offerCopying(root);
}

say(document);
for (const note of document.querySelectorAll("[data-zone]")) {
  note.textContent = `Times are in your zone, ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`;
}
setInterval(() => localise(document), 30000);
