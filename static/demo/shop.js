// What a site does for Parley: one function that hands over the customer's token. This one asks the shop's server.
window.auth = {
  getAuthenticationToken(callback) {
    const { sub, name } = document.body.dataset;
    if (!sub) return callback(null);
    return fetch("/demo/token", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sub, name, context: { plan: "Business", last_order: "Field S2" } }),
    })
      .then((response) => response.json())
      .then(({ token }) => callback(token));
  },
};

// Signing out of the shop ends the chat's session, too.
document.getElementById("sign-out")?.addEventListener("submit", (event) => {
  if (!window.Parley) return;
  event.preventDefault();
  window.Parley.signOut();
  setTimeout(() => event.target.submit(), 200);
});

for (const button of document.querySelectorAll("[data-chat]")) {
  button.addEventListener("click", () => window.Parley?.startChat());
}

const EVENTS =
  "ready error startChat chatQueued closeChat chatRetrieved onClose onMinimize onMaximize onMessageReceived onMessageSent threadUpdate";
for (const name of EVENTS.split(" ")) {
  window.addEventListener(`lcw:${name}`, ({ detail }) => {
    const line = document.createElement("li");
    const words = detail?.errorCode ? ` ${detail.errorCode}: ${detail.errorDescription}` : "";
    line.textContent = `lcw:${name}${words}`;
    document.getElementById("events").prepend(line);
  });
}
