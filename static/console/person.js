// The customer's side is drawn anew whenever something changes: what was unfolded there, and how far it was read, stays.

export function keepPerson() {
  const folded = new Map();
  let scrolled = 0;
  document.addEventListener("toggle", ({ target }) => remember(folded, target), { capture: true });
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    if (detail.target.id === "person") scrolled = detail.target.scrollTop;
  });
  document.addEventListener("htmx:oobAfterSwap", ({ detail }) => {
    if (detail.target.id !== "person") return;
    const person = document.getElementById("person");
    for (const one of person.querySelectorAll("details")) one.open = folded.get(one.id) ?? one.open;
    person.scrollTop = scrolled;
  });
}

function remember(folded, target) {
  if (target.matches("#person details")) folded.set(target.id, target.open);
}
