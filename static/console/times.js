// The server writes times in its own zone; the page shows them in the reader's.

import { clock, dayLabel, daysBefore, format, language, moment } from "../chat/time.js";
import { place } from "./dom.js";

const AGES_EVERY = 5_000;

export function localize(root, which = "time[datetime]") {
  for (const element of root.querySelectorAll(which)) {
    const at = element.dateTime;
    if (!at) continue;
    element.textContent = place(element.dataset.sentence ?? "{time}", { time: formatFor(element)(at) });
    element.title = new Date(at).toLocaleString(document.documentElement.lang);
  }
}

// How long ago something was goes on, wherever a page says it.
export function startAges() {
  setInterval(() => localize(document, "time[datetime][data-since]"), AGES_EVERY);
}

const FORMATS = { relative: shortTime, date: dayLabel, since: ago, moment, opens: shortMoment };

function formatFor({ dataset }) {
  const name = Object.keys(FORMATS).find((one) => one in dataset);
  return FORMATS[name] ?? clock;
}

// For lists: "10:41", "Fri", "4 Nov"
function shortTime(at, now = Date.now()) {
  const days = daysBefore(at, now);
  if (days <= 0) return clock(at);
  if (days < 7) return format(new Date(at), { weekday: "short" });
  return format(new Date(at), { day: "numeric", month: "short" });
}

// "Mon 08:00", "4 Nov 08:00"; today only the time.
function shortMoment(at, now = Date.now()) {
  const days = -daysBefore(at, now);
  if (days === 0) return clock(at);
  const day = days < 7 ? { weekday: "short" } : { day: "numeric", month: "short" };
  return `${format(new Date(at), day)} ${clock(at)}`;
}

// "2 min", "3 h", "5 days": how long ago, without words around it.
export function ago(at, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - new Date(at)) / 1000));
  if (seconds < 60) return unit(seconds, "second");
  if (seconds < 3600) return unit(Math.floor(seconds / 60), "minute");
  if (seconds < 86400) return unit(Math.floor(seconds / 3600), "hour");
  return unit(Math.floor(seconds / 86400), "day", "long");
}

// "1:31"
export function countdown(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function unit(value, name, unitDisplay = "short") {
  return new Intl.NumberFormat(language(), { style: "unit", unit: name, unitDisplay }).format(value);
}
