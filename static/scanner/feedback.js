// Sound and vibration: the result without looking. Two rising notes let in, a low buzz does not.
let audio = null;

// Browsers play nothing before the first touch or key.
export const unlockSound = () => {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
};

const play = (shape, notes) => {
  if (!audio || audio.state !== "running") return;
  for (const [frequency, start, length] of notes) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const from = audio.currentTime + start;
    tone.type = shape;
    tone.frequency.value = frequency;
    // Ramps at both ends, or the loudspeaker clicks.
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(0.35, from + 0.01);
    volume.gain.setValueAtTime(0.35, from + length - 0.03);
    volume.gain.linearRampToValueAtTime(0, from + length);
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(from + length);
  }
};

export const signal = (result) => {
  if (result === "granted") {
    play("sine", [[880, 0, 0.12], [1320, 0.13, 0.22]]);
    navigator.vibrate?.(120);
  } else {
    play("square", [[160, 0, 0.28], [160, 0.36, 0.42]]);
    navigator.vibrate?.([300, 120, 300]);
  }
};
