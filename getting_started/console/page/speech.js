// Speaking and hearing, where the browser can: the Web Speech API.

const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;
const SENTENCE = /[^.!?]+[.!?]+\s*/y;

export const canListen = Boolean(Recognition);
export const canSpeak = "speechSynthesis" in window;

/** What is said next into the microphone; empty when nothing was understood. */
export function listen() {
  return new Promise((resolve, reject) => {
    const recognition = new Recognition();
    recognition.lang = navigator.language;
    recognition.onresult = ({ results }) => resolve(results[0][0].transcript.trim());
    recognition.onerror = ({ error }) => reject(new Error(`The microphone cannot be used: ${error}`));
    recognition.onend = () => resolve("");
    recognition.start();
  });
}

/** Reads a call aloud: the agent's words sentence by sentence as they stream in. */
export class Voice {
  constructor() {
    this.isOn = false;
    this._call = null;
    this._said = 0;
    this._spoken = 0;
  }

  follow(call, isReplay) {
    if (call?.sid !== this._call || isReplay) {
      this._call = call?.sid;
      this._said = call?.said.length ?? 0;
      this._spoken = 0;
      return;
    }
    if (!call) return;
    for (const { speaker, text } of call.said.slice(this._said)) {
      if (speaker !== "CUSTOMER") this._speak(text.slice(speaker === "AI_AGENT" ? this._spoken : 0));
      this._spoken = 0;
    }
    this._said = call.said.length;
    this._speakSentences(call.partial ?? "");
  }

  stop() {
    if (canSpeak) speechSynthesis.cancel();
  }

  _speakSentences(partial) {
    for (;;) {
      SENTENCE.lastIndex = this._spoken;
      const [sentence] = SENTENCE.exec(partial) ?? [];
      // The last sentence may still grow: "3.5" ends in no sentence.
      if (!sentence || this._spoken + sentence.length >= partial.length) return;
      this._speak(sentence);
      this._spoken += sentence.length;
    }
  }

  _speak(text) {
    if (this.isOn && text.trim()) speechSynthesis.speak(new SpeechSynthesisUtterance(text));
  }
}
