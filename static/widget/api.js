// The customer's HTTP interface. A call answers the parsed body or rejects with {code, message?, status?}; without a
// usable answer the code is "offline" or "server_error", which mean: the same again may succeed.

const PATIENCE = 20_000;

export class Api {
  session = null;

  get(path) {
    return this.#call("GET", path);
  }

  post(path, body, session = this.session) {
    return this.#call("POST", path, body, session);
  }

  patch(path, body) {
    return this.#call("PATCH", path, body);
  }

  delete(path) {
    return this.#call("DELETE", path);
  }

  // A file: {body: Blob, headers}
  async file(path) {
    const response = await this.#fetch("GET", path, null, this.session);
    if (!response.ok) throw await refusal(response);
    return { body: await response.blob().catch(cutShort), headers: response.headers };
  }

  async #call(method, path, body, session = this.session) {
    const response = await this.#fetch(method, path, body, session);
    if (!response.ok) throw await refusal(response);
    // Whoever leaves the page cuts an answer short, and half of one is none.
    const answer = await json(response).catch(cutShort);
    return { ...answer, server_time: Date.parse(response.headers.get("Date")) || Date.now() };
  }

  async #fetch(method, path, body, session) {
    const headers = { Accept: "application/json" };
    if (body) headers["Content-Type"] = "application/json";
    if (session) headers.Authorization = `Bearer ${session}`;
    return fetch(`/api/v1/${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      // Signing out may be the page's last act.
      keepalive: method === "DELETE",
      // For all of the answer: its head may come, and the rest never.
      signal: AbortSignal.timeout(PATIENCE),
    }).catch(cutShort);
  }
}

function cutShort() {
  throw { code: "offline" };
}

async function refusal(response) {
  const answer = await json(response).catch(() => ({}));
  const code = answer.code ?? (response.status === 429 ? "rate_limited" : "server_error");
  return { ...answer, code, status: response.status };
}

async function json(response) {
  const text = await response.text();
  return text ? JSON.parse(text) : {};
}
