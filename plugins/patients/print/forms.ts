import type { Facts } from './facts.ts';
import { code128, pdfOf, qr, repeated, type Doc } from './paper.ts';
import { line, type Line } from './text.ts';

export const forms = ['wristband', 'infant-wristband', 'label', 'label-sheet', 'card'] as const;
export type Form = (typeof forms)[number];

/** Where a sheet begins, for one that was used before, and how many labels it gets. */
export interface Wish {
  first: number;
  count: number;
}

/** Labels of an A4 sheet of 3 × 9, each 63.5 × 29.6 mm (such as Avery L4737). */
const sheet = { columns: 3, rows: 9, width: 63.5, height: 29.6, left: 7.2, top: 15.3, stepX: 66.04, stepY: 29.6 };
export const mostOnSheet = sheet.columns * sheet.rows;

/** Text begins where its readers begin. */
const writer =
  (doc: Doc, { isRightToLeft }: Facts) =>
  (text: string, at: Line) =>
    line(doc, text, { align: isRightToLeft ? 'right' : 'left', ...at });

/**
 * Along the middle of the band, so that it is read and scanned without turning the arm: who it is, the bar code in the middle, a
 * QR code at either end of it, for the band is round.
 */
const wristband = (doc: Doc, it: Facts): void => {
  const write = writer(doc, it);
  qr(doc, it.recordNumber, { x: 20, y: 4, size: 17 });
  write(it.family, { x: 42, y: 3.2, width: 78, size: 17, least: 9, weight: 'bold' });
  write(it.given, { x: 42, y: 9.6, width: 78, size: 14, least: 8 });
  write(`${it.born} · ${it.sex}`, { x: 42, y: 15.2, width: 78, size: 11, least: 7 });
  write(it.hospital, { x: 42, y: 19.8, width: 78, size: 7, least: 5 });
  code128(doc, it.recordNumber, { x: 123, y: 3, width: 74, height: 13 });
  line(doc, it.recordNumber, { x: 123, y: 17, width: 74, size: 13, weight: 'bold', align: 'center' });
  qr(doc, it.recordNumber, { x: 202, y: 4, size: 17 });
};

const infantWristband = (doc: Doc, it: Facts): void => {
  const write = writer(doc, it);
  write(it.family, { x: 12, y: 1.6, width: 48, size: 11, least: 7, weight: 'bold' });
  write(it.given, { x: 12, y: 6.2, width: 48, size: 9, least: 6 });
  write(`${it.born} · ${it.sex}`, { x: 12, y: 10, width: 48, size: 7.5, least: 5.5 });
  line(doc, it.recordNumber, {
    x: 12,
    y: 13.4,
    width: 48,
    size: 7.5,
    weight: 'bold',
    align: it.isRightToLeft ? 'right' : 'left',
  });
  code128(doc, it.recordNumber, { x: 61, y: 2, width: 56, height: 12 });
  qr(doc, it.recordNumber, { x: 120, y: 2.5, size: 12 });
};

const label = (doc: Doc, it: Facts): void => {
  const write = writer(doc, it);
  write(it.family, { x: 3, y: 1.6, width: 40, size: 11.5, least: 7, weight: 'bold' });
  write(it.given, { x: 3, y: 6.2, width: 40, size: 9.5, least: 6.5 });
  write(`${it.born} · ${it.sex}`, { x: 3, y: 10.6, width: 40, size: 8.5, least: 6 });
  qr(doc, it.recordNumber, { x: 46, y: 2, size: 12.5 });
  code128(doc, it.recordNumber, { x: 1, y: 16, width: 60, height: 8.4 });
  line(doc, it.recordNumber, { x: 3, y: 24.6, width: 56, size: 8.5, weight: 'bold', align: 'center' });
};

const labelSheet = (doc: Doc, it: Facts, { first, count }: Wish): void => {
  const last = Math.min(first - 1 + count, mostOnSheet);
  const places = Array.from({ length: last - first + 1 }, (_, n) => first - 1 + n).map((n) => ({
    x: sheet.left + (n % sheet.columns) * sheet.stepX + (sheet.width - 62) / 2,
    y: sheet.top + Math.floor(n / sheet.columns) * sheet.stepY + (sheet.height - 29) / 2,
  }));
  repeated(doc, places, () => label(doc, it));
};

const card = (doc: Doc, it: Facts): void => {
  const write = writer(doc, it);
  doc.pdf.rect(0, 0, 1000, (9.5 * 72) / 25.4).fill('#0f5c56');
  doc.pdf.fillColor('#fff');
  write(it.hospital, { x: 5, y: 2.4, width: 75.6, size: 11, least: 7, weight: 'bold' });
  doc.pdf.fillColor('#000');
  write(it.family, { x: 5, y: 12, width: 52, size: 13, least: 8, weight: 'bold' });
  write(it.given, { x: 5, y: 17.4, width: 52, size: 11, least: 7 });
  write(it.born, { x: 5, y: 23.6, width: 52, size: 9, least: 6.5 });
  write(it.sex, { x: 5, y: 27.6, width: 52, size: 9, least: 6.5 });
  qr(doc, it.recordNumber, { x: 61, y: 12.5, size: 19 });
  code128(doc, it.recordNumber, { x: 3, y: 34, width: 79.6, height: 11 });
  line(doc, it.recordNumber, { x: 5, y: 46.4, width: 75.6, size: 11, weight: 'bold', align: 'center' });
};

/** Millimetres. */
const sizes: Record<Form, { width: number; height: number }> = {
  wristband: { width: 280, height: 25 },
  'infant-wristband': { width: 165, height: 17 },
  label: { width: 62, height: 29 },
  'label-sheet': { width: 210, height: 297 },
  card: { width: 85.6, height: 54 },
};
const drawings: Record<Form, (doc: Doc, facts: Facts, wish: Wish) => void> = {
  wristband,
  'infant-wristband': infantWristband,
  label,
  'label-sheet': labelSheet,
  card,
};

export const printedForm = (form: Form, facts: Facts, wish: Wish): Promise<Buffer> =>
  // The title stands in the tab and on lists of printers: the number alone.
  pdfOf({ ...sizes[form], title: facts.recordNumber }, [(doc) => drawings[form](doc, facts, wish)]);
