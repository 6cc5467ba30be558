/** What the browser's camera sees: a film of one QR code, in the plainest of video formats. */
import { writeFile } from 'node:fs/promises';
import encodeQR from 'qr';

const side = 480;
const frames = 4;

export async function film(file: string, code: string): Promise<void> {
  const modules = encodeQR(code, 'raw', { border: 4 });
  const scale = Math.floor(side / modules.length);
  const luma = Buffer.alloc(side * side, 235);
  for (let y = 0; y < modules.length * scale; y++) {
    for (let x = 0; x < modules.length * scale; x++) {
      if (modules[Math.floor(y / scale)]?.[Math.floor(x / scale)]) luma[y * side + x] = 16;
    }
  }
  const frame = [Buffer.from('FRAME\n'), luma, Buffer.alloc(side * side * 0.5, 128)];
  const header = Buffer.from(`YUV4MPEG2 W${side} H${side} F10:1 Ip A1:1 C420jpeg\n`);
  await writeFile(file, Buffer.concat([header, ...Array.from({ length: frames }, () => frame).flat()]));
}
