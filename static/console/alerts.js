// Desktop notifications and a short tone, for an agent whose eyes are elsewhere. Off until switched on.

import { Store } from "../chat/store.js";

const SETTING = "parley.desk.alerts";

export class Alerts {
  #button;
  #store = new Store();
  #audio = null;

  constructor({ button }) {
    this.#button = button;
    button.addEventListener("click", () => this.#toggle());
    this.#draw();
  }

  get isOn() {
    return this.#store.get(SETTING) === true && window.Notification?.permission === "granted";
  }

  tell(title, body, open) {
    if (!this.isOn || document.visibilityState === "visible") return;
    const notification = new Notification(title, { body, tag: title });
    notification.onclick = () => {
      window.focus();
      notification.close();
      open();
    };
  }

  ring() {
    if (!this.isOn) return;
    this.#audio ??= new AudioContext();
    [660, 880].forEach((pitch, place) => this.#tone(pitch, this.#audio.currentTime + place * 0.16));
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

  async #toggle() {
    const turnOn = !this.isOn;
    if (turnOn) await window.Notification?.requestPermission();
    this.#store.set(SETTING, turnOn);
    this.#draw();
  }

  #draw() {
    this.#button.hidden = !("Notification" in window);
    this.#button.setAttribute("aria-pressed", String(this.isOn));
  }
}
