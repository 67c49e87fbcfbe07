// A short sound for an answer that nobody is looking at. Made, not fetched: two soft notes, a third apart.

import { Store } from "../chat/store.js";

const NOTES = [659.25, 830.61];
const QUIET_FOR = 2_000;
const LOUDNESS = 0.12;
const store = new Store();
let context = null;

// Browsers let a page sound once it was touched; asked before, they only complain. Of several tabs one sounds.
export async function chime(key) {
  if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return;
  if (Date.now() - (store.get(key) ?? 0) < QUIET_FOR) return;
  store.set(key, Date.now());
  try {
    context ??= new AudioContext();
    await context.resume();
    NOTES.forEach((pitch, index) => sound(pitch, context.currentTime + index * 0.12));
  } catch {
    // No device to sound on.
  }
}

function sound(pitch, at) {
  const note = context.createOscillator();
  const volume = context.createGain();
  note.frequency.value = pitch;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.4);
  note.connect(volume).connect(context.destination);
  note.start(at);
  note.stop(at + 0.4);
}
