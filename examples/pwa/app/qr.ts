/** A QR code as a picture: dark on light whatever the theme, since that is what scanners read. */
import encodeQR from 'qr';
import { svg } from './dom.js';

/** In modules, as the standard wants it around a code. */
const quietZone = 4;

export function qrPicture(text: string, label: string): SVGElement {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: quietZone });
  const size = rows.length;
  return svg(
    'svg',
    { class: 'qr', viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' },
    svg('path', { d: `M0 0h${size}v${size}h-${size}z`, fill: '#fff' }),
    svg('path', { d: rows.map(runsOf).join(''), fill: '#000' }),
  );
}

/** One rectangle for each run of dark modules in a row. */
function runsOf(row: readonly boolean[], y: number): string {
  let path = '';
  for (let x = 0; x < row.length; x++) {
    if (!row[x]) continue;
    const from = x;
    while (row[x + 1]) x++;
    const length = x + 1 - from;
    path += `M${from} ${y}h${length}v1h-${length}z`;
  }
  return path;
}
