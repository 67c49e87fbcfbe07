// Another widget has other variables and questions: its fields are asked for at once, without a button.
const row = document.querySelector("[data-other-widget]");
const button = row.querySelector("button");

row.hidden = true;
document.getElementById("id_widget").addEventListener("change", () => button.form.requestSubmit(button));
