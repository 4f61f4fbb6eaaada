import bwip from 'bwip-js';
import Pdf from 'pdfkit';

/** A document under way, all in millimetres from the upper left corner. */
export interface Doc {
  pdf: PDFKit.PDFDocument;
  /** Fonts that it knows by now. */
  registered: Set<string>;
}

const millimetre = 72 / 25.4;

/** Pages of one size, one after the other, each drawn by its function. */
export const pdfOf = async (
  { width, height, title }: { width: number; height: number; title: string },
  pages: readonly ((doc: Doc) => void)[],
): Promise<Buffer> => {
  const pdf = new Pdf({
    size: [width * millimetre, height * millimetre],
    margin: 0,
    autoFirstPage: false,
    info: { Title: title },
  });
  const parts: Buffer[] = [];
  const whole = new Promise<Buffer>((resolve, reject) => {
    pdf.on('data', (part: Buffer) => parts.push(part));
    pdf.on('end', () => resolve(Buffer.concat(parts)));
    pdf.on('error', reject);
  });
  const doc: Doc = { pdf, registered: new Set() };
  for (const draw of pages) {
    pdf.addPage();
    draw(doc);
  }
  pdf.end();
  return whole;
};

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const quiet = 10;

/** Code 128 over the whole box, its quiet zones of ten modules within. */
export const code128 = ({ pdf }: Doc, text: string, box: Box): void => {
  const [{ sbs }] = bwip.raw({ bcid: 'code128', text }) as unknown as [{ sbs: number[] }];
  const module = box.width / (sbs.reduce((sum, width) => sum + width, 0) + 2 * quiet);
  let x = box.x + quiet * module;
  for (const [n, width] of sbs.entries()) {
    if (n % 2 === 0) pdf.rect(x * millimetre, box.y * millimetre, width * module * millimetre, box.height * millimetre);
    x += width * module;
  }
  pdf.fill('#000');
};

/** A QR code with correction M; the quiet zone of four modules is left by who places it. */
export const qr = ({ pdf }: Doc, text: string, { x, y, size }: { x: number; y: number; size: number }): void => {
  const [{ pixs, pixx }] = bwip.raw({ bcid: 'qrcode', text, eclevel: 'M' } as never) as unknown as [
    { pixs: number[]; pixx: number },
  ];
  const module = (size / pixx) * millimetre;
  for (const [n, dark] of pixs.entries())
    if (dark)
      pdf.rect(x * millimetre + (n % pixx) * module, y * millimetre + Math.floor(n / pixx) * module, module, module);
  pdf.fill('#000');
};

/** Draws it once, and the same again at each of these places. */
export const repeated = ({ pdf }: Doc, places: readonly { x: number; y: number }[], draw: () => void): void => {
  const drawn: string[] = [];
  const page = pdf.page as unknown as { write: (content: string) => void };
  const write = page.write.bind(page);
  page.write = (content) => void drawn.push(content);
  draw();
  page.write = write;
  for (const { x, y } of places) {
    pdf.save().translate(x * millimetre, y * millimetre);
    for (const content of drawn) write(content);
    pdf.restore();
  }
};
