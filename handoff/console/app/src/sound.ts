// The desk's sounds, made by the browser itself: no file to load, none that can be missing.
import { signal } from "@preact/signals";

/** "blocked": the browser keeps the page mute until somebody clicks; "none": it cannot sound at all. */
export const sound = signal<"on" | "blocked" | "none">("on");

const SETTLE_MS = 400;

let context: AudioContext | null = null;
let alarm: AudioBufferSourceNode | null = null;

export function prepareSound(): void {
  if (typeof AudioContext === "undefined") {
    sound.value = "none";
    return;
  }
  context = new AudioContext();
  context.onstatechange = look;
  // Where it may sound, it takes a moment to say so: no red flash at every start.
  setTimeout(look, SETTLE_MS);
  // Any touch of the page is the permission that browsers wait for.
  for (const gesture of ["pointerdown", "keydown"] as const) addEventListener(gesture, () => void wake(), true);
}

function look(): void {
  sound.value = context?.state === "running" ? "on" : "blocked";
}

export async function wake(): Promise<void> {
  if (context && context.state !== "running") await context.resume().catch(() => undefined);
  if (context) look();
}

/** The P1 alarm, without end until it is switched off. A looped buffer rings on where timers of hidden tabs sleep. */
export function ring(on: boolean): void {
  if (!context || on === (alarm !== null)) return;
  if (on) {
    alarm = new AudioBufferSourceNode(context, { buffer: twoTone(context), loop: true });
    alarm.connect(context.destination);
    alarm.start();
  } else {
    alarm?.stop();
    alarm = null;
  }
}

const TUNES = {
  test: [880, 660, 880, 660],
  assigned: [523, 659, 784],
  arrived: [660, 660],
  message: [988],
} as const;

export function chime(tune: keyof typeof TUNES): void {
  if (!context || context.state !== "running") return;
  const step = tune === "message" ? 0.09 : 0.18;
  TUNES[tune].forEach((pitch, place) => tone(context as AudioContext, pitch, place * step, step));
}

function tone(on: AudioContext, pitch: number, from: number, length: number): void {
  const start = on.currentTime + from;
  const oscillator = new OscillatorNode(on, { frequency: pitch, type: "triangle" });
  const loudness = new GainNode(on, { gain: 0 });
  loudness.gain.setValueAtTime(0, start);
  loudness.gain.linearRampToValueAtTime(0.5, start + 0.01);
  loudness.gain.linearRampToValueAtTime(0, start + length);
  oscillator.connect(loudness).connect(on.destination);
  oscillator.start(start);
  oscillator.stop(start + length);
}

/** High, low, high, low, then a breath: two seconds. */
function twoTone(on: AudioContext): AudioBuffer {
  const rate = on.sampleRate;
  const buffer = on.createBuffer(1, rate * 2, rate);
  const samples = buffer.getChannelData(0);
  const toneLength = 0.3;
  for (let i = 0; i < rate * 1.2; i++) {
    const time = i / rate;
    const pitch = Math.floor(time / toneLength) % 2 ? 660 : 880;
    const within = time % toneLength;
    const edge = Math.min(1, within / 0.01, (toneLength - within) / 0.02);
    const wave = Math.sin(2 * Math.PI * pitch * time);
    samples[i] = 0.6 * edge * (wave + 0.3 * Math.sign(wave)) / 1.3;
  }
  return buffer;
}
