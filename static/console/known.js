// What the socket has told of conversations: their names, and which are active here. The newest version counts,
// for frames may overtake each other; a removal carries a version too.

export class Known {
  #shapes = new Map();
  #gone = new Map();

  // The snapshot is the whole truth about what is on the desk.
  begin(conversations) {
    for (const shape of this.#shapes.values()) shape.isHere = false;
    conversations.forEach((conversation) => this.learn(conversation));
  }

  learn(conversation) {
    const { id, version } = conversation;
    const before = this.#shapes.get(id);
    const gone = this.#gone.get(id) ?? 0;
    if (version < Math.max(before?.version ?? 0, gone)) return;
    const read_seq = Math.max(conversation.read_seq, before?.read_seq ?? 0);
    this.#shapes.set(id, { ...conversation, read_seq, isHere: version > gone });
  }

  remove(id, version) {
    this.#gone.set(id, version);
    const shape = this.#shapes.get(id);
    if (shape && version >= shape.version) shape.isHere = false;
  }

  saw(id, seq) {
    const shape = this.#shapes.get(id);
    if (shape) shape.read_seq = Math.max(shape.read_seq, seq);
  }

  nameOf(id) {
    return this.#shapes.get(id)?.customer.name ?? "";
  }

  // Beside its agent.
  takesPart(id, agent) {
    return this.#shapes.get(id)?.participants.some((one) => one.id === agent) ?? false;
  }

  // On this agent's own desk, not merely in sight.
  isOf(id, agent) {
    const shape = this.#shapes.get(id);
    return Boolean(shape?.isHere) && shape.agent?.id === agent;
  }

  isClosed(id) {
    return this.#shapes.get(id)?.state === "closed";
  }

  activeOf(agent) {
    return [...this.#shapes.values()].filter(({ id, state }) => state === "active" && this.isOf(id, agent));
  }
}
