import { createHmac, timingSafeEqual } from 'node:crypto';

/** Seconds by which the clocks may differ, and for which a copy of a callback would be believed. */
const tolerance = 300;

/** `t=<seconds>,v1=<hex>`: HMAC-SHA-256 of `<seconds>.<body>`. */
export const sign = (body: string, key: string, at: number): string =>
  `t=${at},v1=${createHmac('sha256', key).update(`${at}.${body}`).digest('hex')}`;

/** Whether the provider wrote this body, lately. One that comes twice changes nothing: what it says is settled once. */
export const isSigned = (body: Buffer, header: string | undefined, key: string, now = Date.now() / 1000): boolean => {
  const [, seconds] = /^t=(\d{1,12}),v1=[0-9a-f]{64}$/.exec(header ?? '') ?? [];
  if (header === undefined || seconds === undefined || Math.abs(now - Number(seconds)) > tolerance) return false;
  return timingSafeEqual(Buffer.from(header), Buffer.from(sign(body.toString(), key, Number(seconds))));
};
