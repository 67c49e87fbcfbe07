// The questions of a form: the control of each, and what is said while a required one has no answer.

import { storable } from "./text.js";

export function fieldsOf(form) {
  return [...form.querySelectorAll(".question")].map(fieldOf);
}

// What is missing says so, and the first of it is gone to.
export function areComplete(fields) {
  for (const field of fields) field.mark(field.isMissing());
  const missing = fields.find((field) => field.isMissing());
  missing?.focus();
  return !missing;
}

// What was missing, and is not any more.
export function unmark(fields) {
  for (const field of fields) if (!field.isMissing()) field.mark(false);
}

// By question, without the blank ones.
export function answersOf(fields) {
  return Object.fromEntries(fields.map((field) => [field.name, field.answer()]).filter(([, answer]) => answer !== ""));
}

function fieldOf(element) {
  const stars = [...element.querySelectorAll("[type=radio]")];
  const { control, ...field } = stars.length ? starsOf(element, stars) : controlOf(element.querySelector("input, select, textarea"));
  const problem = element.querySelector(".problem");
  return {
    focus: () => control.focus(),
    ...field,
    name: element.dataset.question,
    isMissing: () => control.ariaRequired === "true" && !field.answer(),
    mark(isMissing) {
      problem.hidden = !isMissing;
      // What is hidden would be read out all the same.
      if (isMissing) control.setAttribute("aria-describedby", problem.id);
      else control.removeAttribute("aria-describedby");
      control.setAttribute("aria-invalid", isMissing);
    },
  };
}

function starsOf(group, stars) {
  const chosen = () => stars.find((star) => star.checked);
  return {
    control: group,
    answer: () => chosen()?.value ?? "",
    put: (given) => stars.forEach((star) => (star.checked = star.value === given)),
    focus: () => (chosen() ?? stars[0]).focus(),
  };
}

function controlOf(control) {
  if (control.type === "checkbox") {
    return { control, answer: () => control.checked, put: (given) => (control.checked = given === true) };
  }
  return { control, answer: () => storable(control.value), put: (given) => (control.value = given ?? "") };
}
