// How one entry of the outbox reaches the server: by the socket, or by HTTP while no socket can be had. Either way the
// same client_id makes it one message.

// -> {client_id, seq, conversation: id, sent_at, body? (where it is shown in another way), attachments?}
export async function deliver({ entry, socket, api }) {
  if (socket.state === "online") {
    const { conversation } = entry;
    return socket.request({ type: "message.send", ...said(entry), ...(conversation && { conversation }) });
  }
  if (socket.state !== "offline") throw { code: "offline" };
  return deliverByHttp({ entry, api });
}

async function deliverByHttp({ entry, api }) {
  const { client_id, conversation } = entry;
  const path = conversation ? `conversations/${conversation}/messages` : "conversations";
  const { message } = await api.post(path, said(entry));
  return { ...message, client_id };
}

function said({ client_id, body, prechat, attachments }) {
  return { client_id, body, ...(prechat && { prechat }), ...(attachments && { attachments }) };
}

// The message as every page will hear of it.
export function asMessage({ entry, accepted, name }) {
  return {
    id: entry.client_id,
    conversation: accepted.conversation,
    seq: accepted.seq,
    client_id: entry.client_id,
    author: { kind: "customer", name },
    body: accepted.body ?? entry.body,
    sent_at: accepted.sent_at,
    attachments: accepted.attachments ?? [],
  };
}
