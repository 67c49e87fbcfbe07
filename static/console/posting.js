// Forms that scripts send to the desk's own addresses.

export async function post(address, fields) {
  const path = new URL(document.body.dataset.home + address, location.href);
  const headers = { "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value };
  const answer = await fetch(path, { method: "POST", headers, body: fields }).catch(() => null);
  if (!answer) throw { code: "offline" };
  if (!answer.ok) throw await answer.json().catch(() => ({ code: "server_error" }));
  return answer;
}
