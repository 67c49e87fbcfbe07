// To what the floor's conversations are narrowed. The server draws it; the address and the form follow, and whoever came
// from the numbers above is led down to the list.

export function narrowed({ by }) {
  const { query, state, queue, agent } = document.getElementById("floor-list").dataset;
  const { elements } = document.getElementById("floor-sieve");
  for (const [name, value] of Object.entries({ state, queue, agent })) elements[name].value = value;
  if (location.search !== query) history.replaceState(null, "", location.pathname + query);
  if ("leadsDown" in by.dataset) document.getElementById("floor-listed").focus();
}
