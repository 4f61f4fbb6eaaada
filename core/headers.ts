import { isBoom } from '@hapi/boom';
import type { Request, ResponseToolkit } from '@hapi/hapi';
import type { Hms } from './hms.ts';
import { scriptHashes } from './interface.ts';

const policyOf = (isSecure: boolean): string =>
  [
    "default-src 'self'",
    `script-src ${["'self'", ...scriptHashes().map((hash) => `'${hash}'`)].join(' ')}`,
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    ...(isSecure ? ['upgrade-insecure-requests'] : []),
  ].join('; ');

/** What pages of ours never ask a device for. */
const unused = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'usb',
];

/** Of every answer, whatever it is. */
const always = (isSecure: boolean): Record<string, string> => ({
  'content-security-policy': policyOf(isSecure),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': unused.map((feature) => `${feature}=()`).join(', '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-permitted-cross-domain-policies': 'none',
  ...(isSecure ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } : {}),
});

export const addHeaders = (hms: Hms) => {
  const common = always(hms.config.origin.startsWith('https:'));
  return (request: Request, h: ResponseToolkit) => {
    const { response } = request;
    const headers: Record<string, unknown> = isBoom(response) ? response.output.headers : response.headers;
    Object.assign(headers, common);
    if (/^\/(api|fhir|oauth2)(\/|$)/.test(request.path)) headers['cache-control'] = 'no-store';
    if (hms.stopping) headers.connection = 'close'; // else the next request meets a closing door
    return h.continue;
  };
};
