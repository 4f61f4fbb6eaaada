import type { Config } from '../../../core/config.ts';
import type { Channel } from '../model.ts';
import { addressesOf } from '../settings.ts';
import { openHttp } from './http.ts';
import { shown, type Port } from './port.ts';
import { openSmtp } from './smtp.ts';

export { Undelivered, type Outgoing, type Port } from './port.ts';

export const openPorts = (config: Config): Record<Channel, Port> => {
  const { smtp, sms } = addressesOf(config);
  return { email: smtp ? openSmtp(smtp) : shown, sms: sms ? openHttp(sms) : shown };
};
