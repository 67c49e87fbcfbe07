// Whether we are open and somebody is there, as the page asks for it: at most once in two minutes.

const FRESH_FOR = 120_000;
let asked = null;

export async function availability(widget) {
  if (!asked || Date.now() - asked.at > FRESH_FOR) asked = { at: Date.now(), answer: ask(widget) };
  const answer = await asked.answer;
  if (!answer) asked = null;
  return answer;
}

// Under our names, and under those that sites know from elsewhere. null: we could not be asked.
async function ask(widget) {
  try {
    const response = await fetch(`/api/v1/widgets/${widget}/availability`, { credentials: "omit" });
    if (!response.ok) return null;
    const told = await response.json();
    const { open, opens_at: opensAt, agents_available: isAgentAvailable, position, wait_s: wait } = told;
    return {
      ...told,
      isQueueAvailable: open,
      nextTransitionTime: opensAt,
      isAgentAvailable,
      positionInQueue: position,
      averageWaitTime: wait,
    };
  } catch {
    return null;
  }
}
