// Menus of table rows. They stand outside of the table, which is drawn anew while they are open: a row's button says
// which items it allows, and lends its data to whatever is chosen.

export function startMenus({ prepare, onChosen }) {
  let opener = null;
  document.addEventListener("click", ({ target }) => {
    opener = target.closest("[data-opens-menu]") ?? opener;
    const item = target.closest("[data-menu] [data-item]");
    if (!item) return;
    item.closest("[data-menu]").hidePopover();
    onChosen(item.dataset.item, opener.dataset);
  }, { capture: true });
  for (const menu of document.querySelectorAll("[data-menu]")) {
    menu.addEventListener("toggle", ({ newState }) => {
      if (newState !== "open" || !opener) return;
      prepare(menu, opener.dataset);
      place(menu, opener);
      menu.querySelector("[data-item]:not([hidden])").focus();
    });
    menu.addEventListener("keydown", (event) => walk(event, menu));
  }
}

// Below its button, or above where there is no room; never beyond the window.
function place(menu, opener) {
  const button = opener.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const isBelow = button.bottom + height + 8 < window.innerHeight;
  const left = Math.min(button.left, window.innerWidth - width - 8);
  menu.style.top = `${Math.max(8, isBelow ? button.bottom + 4 : button.top - height - 4)}px`;
  menu.style.left = `${Math.max(8, left)}px`;
}

function walk(event, menu) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll("[data-item]:not([hidden])")];
  items.at((items.indexOf(document.activeElement) + by + items.length) % items.length).focus();
}
