// Desktop notifications and short tones, for an agent whose eyes are elsewhere. Which of them come is kept for the agent;
// whether this browser shows notifications is the browser's own matter.

import { part } from "./dom.js";
import { post } from "./posting.js";

// Two notes each, in hertz: one knows by ear what has happened.
const TONES = { offer: [660, 880], message: [880, 880], returning: [520, 780], mention: [990, 740] };
const QUIET_FOR = 1_500;

export class Alerts {
  #form;
  #onTrouble;
  #audio = null;

  // form: the one with a checkbox for each kind and way; onTrouble(error): a choice could not be kept
  constructor({ form, onTrouble }) {
    this.#form = form;
    this.#onTrouble = onTrouble;
    form.addEventListener("change", ({ target }) => this.#keep(target));
    part(form, "allow-button").addEventListener("click", () => this.#askBrowser());
    this.#drawPermission();
  }

  // By a sound, and by a notification where nobody looks at the page.
  tell(kind, title, body, open) {
    if (this.#isOn(kind, "sound")) this.#ring(kind);
    if (document.visibilityState === "visible" || !this.#isOn(kind, "desktop") || permission() !== "granted") return;
    const notification = new Notification(title, { body, tag: title });
    notification.onclick = () => {
      window.focus();
      notification.close();
      open();
    };
  }

  #isOn(kind, way) {
    return this.#form.querySelector(`[data-kind="${kind}"][data-way="${way}"]`).checked;
  }

  // One tab alone, and not again at once. Browsers let a page sound once it was touched; asked before, they only complain.
  #ring(kind) {
    if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return;
    navigator.locks.request("parley.desk.tone", { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      this.#audio ??= new AudioContext();
      TONES[kind].forEach((pitch, place) => this.#tone(pitch, this.#audio.currentTime + place * 0.16));
      await new Promise((resolve) => setTimeout(resolve, QUIET_FOR));
    });
  }

  #tone(pitch, at) {
    const tone = this.#audio.createOscillator();
    const volume = this.#audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.08, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.14);
    tone.connect(volume).connect(this.#audio.destination);
    tone.start(at);
    tone.stop(at + 0.15);
  }

  async #keep(box) {
    const fields = new FormData();
    for (const [name, value] of Object.entries({ ...box.dataset, on: box.checked })) fields.set(name, value);
    try {
      await post("alerts/", fields);
    } catch (error) {
      box.checked = !box.checked;
      this.#onTrouble(error);
    }
    if (box.checked && box.dataset.way === "desktop") this.#askBrowser();
  }

  async #askBrowser() {
    if (permission() === "default") await Notification.requestPermission();
    this.#drawPermission();
  }

  #drawPermission() {
    part(this.#form, "allow").hidden = permission() !== "default";
    part(this.#form, "blocked").hidden = permission() !== "denied";
  }
}

function permission() {
  return window.Notification?.permission ?? "none";
}
