import { crc32, deflateSync } from 'node:zlib';

const side = 120;
type Colour = readonly [red: number, green: number, blue: number];
const grounds: Colour[] = [
  [203, 228, 222],
  [222, 214, 236],
  [240, 222, 205],
  [208, 222, 240],
];
const skins: Colour[] = [
  [236, 204, 178],
  [198, 150, 116],
  [141, 96, 70],
  [245, 218, 196],
];
const clothes: Colour[] = [
  [58, 96, 115],
  [120, 72, 90],
  [74, 104, 70],
];

/** Drawn heads and shoulders of nobody, as PNG: a demonstration has faces and no people. */
export const faces = (): Buffer[] =>
  grounds.flatMap((ground, n) => clothes.map((cloth) => face(ground, skins[n % skins.length]!, cloth)));

const face = (ground: Colour, skin: Colour, cloth: Colour): Buffer => {
  const colourAt = (x: number, y: number): Colour => {
    if (((x - 60) / 23) ** 2 + ((y - 48) / 29) ** 2 <= 1) return skin;
    if (((x - 60) / 46) ** 2 + ((y - 122) / 40) ** 2 <= 1) return cloth;
    return Math.abs(x - 60) < 9 && y > 60 && y < 90 ? skin : ground;
  };
  // Each line begins with its filter: none.
  const rows = Array.from({ length: side }, (_, y) => [
    0,
    ...Array.from({ length: side }, (_, x) => colourAt(x, y)).flat(),
  ]);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

const chunk = (name: string, data: Buffer): Buffer => {
  const whole = Buffer.concat([Buffer.alloc(4), Buffer.from(name, 'latin1'), data, Buffer.alloc(4)]);
  whole.writeUInt32BE(data.length, 0);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4);
  return whole;
};
