// Messages as elements: cloned from the one template that the server uses for the first paint too.

import { linked } from "../chat/links.js";
import { clock } from "../chat/time.js";
import { clone } from "./dom.js";
import { showFiles } from "./enclosing.js";

export function renderMessage(message, me) {
  const element = clone("message-template");
  Object.assign(element.dataset, {
    kind: message.internal && message.author.kind !== "system" ? "note" : message.author.kind,
    mine: String(message.author.kind === "agent" && message.author.id === me),
    id: message.id ?? "",
    clientId: message.client_id ?? "",
    sentAt: message.sent_at,
  });
  element.querySelector(".message__body").append(linked(message.body));
  showFiles(element, message.attachments);
  element.querySelector(".message__author").textContent = message.author.name;
  const time = element.querySelector(".message__time");
  time.dateTime = message.sent_at;
  time.textContent = clock(message.sent_at);
  return element;
}

// Messages that the server painted, read back: the timeline takes them up without drawing them again.
export function adopt(container) {
  return [...container.querySelectorAll(".message")].map((element) => {
    const message = read(element);
    element.querySelector(".message__body").replaceChildren(linked(message.body));
    return { ...message, element };
  });
}

function read(element) {
  const { kind, mine, seq, noteSeq, id, clientId, sentAt } = element.dataset;
  const author = { kind: kind === "note" ? "agent" : kind, name: element.querySelector(".message__author").textContent };
  if (mine === "true") author.id = Number(document.body.dataset.agent);
  return {
    id,
    seq: Number(seq) || null,
    note_seq: Number(noteSeq) || null,
    client_id: clientId || null,
    internal: Boolean(Number(noteSeq)),
    author,
    body: element.querySelector(".message__body").textContent,
    sent_at: sentAt,
  };
}
