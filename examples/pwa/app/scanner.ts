/** The camera as a scanner: the browser's own detector, or one in script that is fetched when it is first needed. */
import { type Child, h, replace } from './dom.js';
import { icon } from './icons.js';
import { say } from './words.js';

interface Detector {
  detect(source: ImageBitmapSource): Promise<{ readonly rawValue: string }[]>;
}

const lookEveryMs = 200;
/** The same code held before the camera is one scan. */
const sameCodeMs = 8_000;

export function createScanner(admit: (code: string) => Promise<void>, left: AbortSignal): Child {
  if (!navigator.mediaDevices) return undefined;
  const video = h('video', { playsinline: true, 'aria-label': say('Camera'), hidden: true });
  video.muted = true;
  const problem = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { type: 'button', class: 'button quiet wide', 'aria-pressed': 'false' });
  let scan: AbortController | undefined;

  function label(text: string): void {
    replace(button, icon('camera'), text);
    button.setAttribute('aria-pressed', String(scan !== undefined));
    video.hidden = scan === undefined;
  }

  async function start(): Promise<void> {
    scan = new AbortController();
    const signal = AbortSignal.any([left, scan.signal]);
    label(say('Stop the camera'));
    try {
      await watch(video, await createDetector(), admit, signal);
    } catch (error) {
      if (!signal.aborted) replace(problem, cameraSentence(error));
      stop();
    }
  }

  function stop(): void {
    scan?.abort();
    scan = undefined;
    label(say('Scan with the camera'));
  }

  button.addEventListener('click', () => {
    replace(problem);
    if (scan) stop();
    else void start();
  });
  label(say('Scan with the camera'));
  return h('div', { class: 'stack scanner' }, video, problem, button);
}

async function createDetector(): Promise<Detector> {
  const native = (globalThis as { BarcodeDetector?: new (options: { formats: string[] }) => Detector }).BarcodeDetector;
  if (native) return new native({ formats: ['qr_code'] });
  const { BarcodeDetector } = await import('qr/decode.js');
  return new BarcodeDetector({ formats: ['qr_code'] });
}

/** Until `signal`; the camera is then off. */
async function watch(
  video: HTMLVideoElement,
  detector: Detector,
  admit: (code: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  try {
    video.srcObject = stream;
    await video.play();
    let last = { code: '', at: 0 };
    while (!signal.aborted) {
      const [found] = await detector.detect(video);
      const code = found?.rawValue ?? '';
      const isNew = code !== last.code || Date.now() - last.at > sameCodeMs;
      if (code !== '' && isNew && !signal.aborted) {
        last = { code, at: Date.now() };
        await admit(code);
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

function cameraSentence(error: unknown): string {
  const denied = error instanceof DOMException && error.name === 'NotAllowedError';
  return denied
    ? say('The camera is not allowed. Paste the code instead.')
    : say('There is no camera to use. Paste the code.');
}
