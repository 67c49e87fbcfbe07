// Shows what a text becomes under the rule as it stands in the form, saved or not.
const WAIT_MS = 200;
const box = document.getElementById("try-rule");
const rule = ["kind", "pattern", "label"].map((name) => document.getElementById(`id_${name}`));
const sample = document.getElementById("try-sample");
const shown = document.getElementById("try-shown");
let asked = 0;
let timer = 0;

async function ask() {
  const fields = new FormData();
  for (const field of rule) fields.set(field.name, field.value);
  fields.set("sample", sample.value);
  const token = box.closest("form").elements.csrfmiddlewaretoken.value;
  const headers = { "X-CSRFToken": token };
  const answer = await fetch(box.dataset.address, { method: "POST", headers, body: fields });
  return answer.ok ? answer.json() : Promise.reject(answer.status);
}

// Only the answer to what was asked last is shown.
async function tell() {
  const turn = ++asked;
  const told = await ask().catch(() => ({ problem: box.dataset.failed }));
  if (turn !== asked) return;
  shown.textContent = told.problem ?? told.masked;
  shown.classList.toggle("try-rule__shown--problem", "problem" in told);
}

// What is searched for otherwise has no pattern.
function showPattern() {
  const [kind, pattern] = rule;
  pattern.closest(".form-row").hidden = kind.value !== "pattern";
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(tell, WAIT_MS);
}

if (box) {
  for (const field of [...rule, sample]) field.addEventListener("input", soon);
  rule[0].addEventListener("input", showPattern);
  showPattern();
  tell();
}
