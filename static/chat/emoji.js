// A grid of common emoji for a text box. Arrow keys move, Enter takes one, Escape gives the focus back.
//
//   new EmojiPicker({button, root, text})
//     root   an empty element with a label, shown and hidden
//   Screen readers know each emoji by its name, in their own language.

const COLUMNS = 8;
const EMOJI = [
  ..."😀😃😄😁😅😂🙂😉😊😇🥰😍😘😋😜🤗",
  ..."🤔🤨😐😶🙄😏😬😌😴🤒😎🤓😕😟🙁😮",
  ..."😲😳🥺😢😭😱😖😓😩😤😡🤯🥳🤩🙈🙏",
  ..."👍👎👌👏🙌👋💪🤝🤞👀💡🔥✨⭐🎉🎁",
  ..."💚💙💛💜🧡💔💯✅❌❓❗⏳⏰📅📎📷",
  ..."📦🚚🛒💳🧾🔧🔑🔒💻📱🔋🏠🌍🌞🌧🍀",
];

export class EmojiPicker {
  #button;
  #root;
  #text;
  #cells;
  #at = 0;

  constructor({ button, root, text }) {
    this.#button = button;
    this.#root = root;
    this.#text = text;
    root.append(this.#grid());
    root.addEventListener("keydown", (event) => this.#pressed(event));
    root.addEventListener("click", ({ target }) => this.#take(target.closest("button")));
    root.addEventListener("focusout", ({ relatedTarget }) => this.#left(relatedTarget));
  }

  toggle() {
    if (this.#root.hidden) this.#show();
    else this.#hide();
  }

  #show() {
    this.#root.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#goTo(this.#at);
  }

  #hide() {
    this.#root.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
  }

  #left(to) {
    if (!this.#root.contains(to) && to !== this.#button) this.#hide();
  }

  #grid() {
    const grid = labelled("div", "grid", this.#root.getAttribute("aria-label"));
    this.#cells = EMOJI.map((emoji) => cell(emoji));
    for (let first = 0; first < EMOJI.length; first += COLUMNS) {
      const row = labelled("div", "row");
      row.append(...this.#cells.slice(first, first + COLUMNS));
      grid.append(row);
    }
    return grid;
  }

  #pressed(event) {
    const forward = getComputedStyle(this.#root).direction === "rtl" ? -1 : 1;
    const row = this.#at - (this.#at % COLUMNS);
    const places = {
      ArrowRight: this.#at + forward,
      ArrowLeft: this.#at - forward,
      ArrowDown: this.#at + COLUMNS,
      ArrowUp: this.#at - COLUMNS,
      Home: event.ctrlKey ? 0 : row,
      End: event.ctrlKey ? this.#cells.length - 1 : row + COLUMNS - 1,
    };
    if (event.key === "Escape") this.#away();
    else if (event.key in places) this.#goTo(places[event.key]);
    else return;
    // What is open behind it shall not hear of these keys.
    event.preventDefault();
    event.stopPropagation();
  }

  #goTo(place) {
    if (!this.#cells[place]) return;
    this.#cells[this.#at].tabIndex = -1;
    this.#at = place;
    this.#cells[place].tabIndex = 0;
    this.#cells[place].focus();
  }

  #take(chosen) {
    if (!chosen) return;
    const { selectionStart, selectionEnd } = this.#text;
    this.#text.setRangeText(chosen.textContent, selectionStart, selectionEnd, "end");
    this.#text.dispatchEvent(new Event("input", { bubbles: true }));
    this.#away();
  }

  #away() {
    this.#hide();
    this.#text.focus();
  }
}

function labelled(tag, role, label = "") {
  const element = document.createElement(tag);
  element.setAttribute("role", role);
  if (label) element.setAttribute("aria-label", label);
  return element;
}

function cell(emoji) {
  const button = labelled("button", "gridcell");
  button.type = "button";
  button.tabIndex = -1;
  button.textContent = emoji;
  return button;
}
