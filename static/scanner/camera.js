// A camera that calls back once for each code it is shown.
const LOOK_EVERY = 120;
// A ticket that stays in the picture after its answer must not be presented again.
const FORGET_AFTER = 3000;
const LONGEST_SIDE = 800;

const loadScript = (url) =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });

const nativeReader = async () => {
  if (!("BarcodeDetector" in window)) return null;
  const formats = await BarcodeDetector.getSupportedFormats();
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
};

const scriptReader = async (url) => {
  if (!window.jsQR) await loadScript(url);
  const canvas = document.createElement("canvas");
  const picture = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    picture.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data } = picture.getImageData(0, 0, canvas.width, canvas.height);
    return window.jsQR(data, canvas.width, canvas.height)?.data ?? "";
  };
};

export class Camera {
  #video;
  #scriptUrl;
  #onCode;
  #read = null;
  #stream = null;
  #isPaused = false;
  #last = { text: "", seenAt: 0 };

  constructor(video, scriptUrl, onCode) {
    this.#video = video;
    this.#scriptUrl = scriptUrl;
    this.#onCode = onCode;
  }

  get isRunning() {
    return this.#stream !== null;
  }

  // Rejects with what getUserMedia says: NotAllowedError, NotFoundError ...
  async start() {
    this.#stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    this.#video.srcObject = this.#stream;
    await this.#video.play();
    this.#read ??= (await nativeReader().catch(() => null)) ?? (await scriptReader(this.#scriptUrl));
    this.#look(this.#stream);
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
  }

  pause() {
    this.#isPaused = true;
  }

  resume() {
    this.#isPaused = false;
  }

  async #look(stream) {
    // A stopped camera ends its own loop; the next start has a stream and a loop of its own.
    while (this.#stream === stream) {
      if (this.#video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) this.#consider(await this.#try());
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
  }

  async #try() {
    try {
      return await this.#read(this.#video);
    } catch {
      // Some browsers offer a detector that then does not work.
      this.#read = await scriptReader(this.#scriptUrl);
      return "";
    }
  }

  #consider(text) {
    if (!text) return;
    const isSame = text === this.#last.text && performance.now() - this.#last.seenAt < FORGET_AFTER;
    if (isSame || !this.#isPaused) this.#last = { text, seenAt: performance.now() };
    if (!isSame && !this.#isPaused) this.#onCode(text);
  }
}
