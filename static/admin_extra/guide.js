// What only a new row needs is shown only where a new one is chosen.
for (const part of document.querySelectorAll("[data-only-when]")) {
  const choice = document.getElementsByName(part.dataset.onlyWhen)[0];
  const follow = () => {
    part.hidden = choice.value !== part.dataset.is;
  };
  choice.addEventListener("change", follow);
  follow();
}

document.querySelector(".guide .errorlist")?.closest(".form-row")?.querySelector("input, select, textarea")?.focus();
