// Times for people, in the page's language. All take an ISO string, milliseconds or a Date.

const DAY = 24 * 3600 * 1000;
// Seconds, the unit, and how many of it are told at a time.
const SPANS = [[86_400, "day", 1], [3_600, "hour", 1], [300, "minute", 5]];

// The reader's own variety of the page's language: "en" alone would mean American hours.
export function language() {
  const page = document.documentElement.lang;
  if (!page) return undefined;
  return navigator.languages.find((tag) => tag.split("-")[0] === page.split("-")[0]) ?? page;
}

const formats = new Map();

// Making a format costs as much as drawing a message: each is made once.
export function format(date, options) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language(), options));
  return formats.get(key).format(date);
}

// "10:41"
export function clock(at) {
  return format(new Date(at), { timeStyle: "short" });
}

// The same for all moments of one local day.
export function dayKey(at) {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

// "Today", "Yesterday", "4 November", "4 November 2025"
export function dayLabel(at, now = Date.now()) {
  const days = daysBefore(at, now);
  if (days === 0 || days === 1) {
    const word = new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(-days, "day");
    return word.charAt(0).toLocaleUpperCase(language()) + word.slice(1);
  }
  const date = new Date(at);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return format(date, { day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) });
}

// "Wednesday 08:00", "4 November 08:00"; today only the time.
export function moment(at, now = Date.now()) {
  const days = -daysBefore(at, now);
  if (days === 0) return clock(at);
  const date = new Date(at);
  if (days > 0 && days < 7) return `${format(date, { weekday: "long" })} ${clock(date)}`;
  return `${format(date, { day: "numeric", month: "long" })} ${clock(date)}`;
}

// "10 minutes", "2 hours", "3 days": at least as long, and no more exact than anybody wants to know.
export function span(seconds) {
  const [size, unit, step] = SPANS.find(([each]) => seconds >= each - 300);
  const count = Math.max(1, Math.ceil(seconds / size)) * step;
  return new Intl.NumberFormat(language(), { style: "unit", unit, unitDisplay: "long" }).format(count);
}

// Rounded, for a day with a change of clocks has 23 or 25 hours.
export function daysBefore(at, now) {
  return Math.round((midnight(now) - midnight(at)) / DAY);
}

function midnight(at) {
  const date = new Date(at);
  return date.setHours(0, 0, 0, 0);
}
